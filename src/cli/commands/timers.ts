/** `keystone timers`: what open runs wait for, soonest first. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { TimerView } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { formatDate, formatDuration } from '../output/format.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint } from '../terminal.ts';

export const timersCommand: CommandSpec = {
  name: 'timers',
  summary: 'list what open runs wait for, soonest first',
  arguments: [{ name: 'run', description: 'only this run', optional: true, complete: 'run' }],
  options: [JSON_OPTION],
  examples: [
    ['keystone timers', 'sleeps, retries, time-outs, events and questions of all open runs'],
    ['keystone timers last --json', 'those of the latest run, for a script'],
  ],
  async run(context, { arguments: [text], options }) {
    const { app, project } = await context.open();
    const runId = text === undefined ? undefined : await app.resolveRunId(project, text);
    const timers = await app.listTimers(project, runId);
    if (options.flag('json')) context.terminal.json(timers);
    else if (timers.length === 0) context.terminal.talk('nothing waits');
    else
      context.terminal.result(await renderTable(timers.map((timer) => row(timer, context.terminal.paint))));
    return EXIT.success;
  },
};

function row({ runId, workflow, kind, step, dueAt, waitsFor }: TimerView, paint: Paint): string[] {
  const left = dueAt === undefined ? Number.POSITIVE_INFINITY : dueAt - Date.now();
  const when =
    dueAt === undefined ? '' : left <= 0 ? `due ${formatDuration(-left)} ago` : `in ${formatDuration(left)}`;
  return [
    runId,
    workflow,
    step,
    kind,
    when,
    paint.dim(dueAt === undefined ? '' : formatDate(dueAt)),
    paint.dim(waitsFor ?? ''),
  ];
}
