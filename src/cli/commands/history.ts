/** `keystone history`: past and present runs, newest first. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { RunStatus, RunSummary } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { formatDate, formatDuration, oneLine, statusSymbol, statusWord } from '../output/format.ts';
import { shownStatus } from '../output/render-result.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint } from '../terminal.ts';

const STATUSES: readonly RunStatus[] = ['running', 'paused', 'suspended', 'success', 'failed', 'canceled'];

export const historyCommand: CommandSpec = {
  name: 'history',
  summary: 'list runs, newest first',
  arguments: [
    { name: 'workflow', description: 'only runs of this workflow', optional: true, complete: 'workflow' },
  ],
  options: [
    {
      flags: '--status <status>',
      description: 'only runs with this status',
      choices: STATUSES,
      complete: STATUSES,
    },
    { flags: '--tag <tag>', description: 'only runs with this tag' },
    { flags: '-n, --limit <number>', description: 'how many (default: 20)' },
    JSON_OPTION,
  ],
  examples: [
    ['keystone history', 'the last 20 runs'],
    ['keystone history release --status failed', 'failed runs of one workflow'],
  ],
  async run(context, { arguments: [workflow], options }) {
    const { app, project } = await context.open();
    const status = STATUSES.find((name) => name === options.text('status'));
    const tag = options.text('tag');
    const runs = await app.listRuns(project, {
      limit: limitOf(options.text('limit')),
      ...(workflow === undefined ? {} : { workflow }),
      ...(status === undefined ? {} : { status: [status] }),
      ...(tag === undefined ? {} : { tag }),
    });
    if (options.flag('json')) context.terminal.json(runs);
    else if (runs.length === 0) context.terminal.talk('no runs; start one with: keystone run <workflow>');
    else context.terminal.result(await renderTable(runs.map((run) => row(run, context.terminal.paint))));
    return EXIT.success;
  },
};

function row(run: RunSummary, paint: Paint): string[] {
  return [
    run.runId,
    `${statusSymbol(shownStatus(run), paint)} ${statusWord(shownStatus(run), paint)}`,
    run.workflow,
    paint.dim(formatDate(run.startedAt)),
    paint.dim(formatDuration(run.durationMs)),
    paint.dim(noteOf(run)),
  ];
}

function noteOf({ runId, interrupted, error }: RunSummary): string {
  if (interrupted === true) return `go on: keystone resume ${runId}`;
  return error === undefined ? '' : oneLine(`${error.stepId ?? ''} ${error.code}`, 40);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return 20;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new KeystoneError('USAGE', `--limit ${text}: not a number of runs`, {
    exitCode: EXIT.usage,
    hint: 'for example: --limit 50',
  });
}
