/** `keystone dedup list`: names of effects, and the results kept for them. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { DedupView } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { formatDate, formatDuration } from '../output/format.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint } from '../terminal.ts';

export const dedupListCommand: CommandSpec = {
  name: 'dedup list',
  summary: 'list effects that are not had again, newest first',
  details:
    'One line for each key of `idempotencyKey` and each result of `memoize`: its id, scope, key, the step that had the effect, and how long it counts.',
  options: [
    { flags: '--run <run>', description: 'only those of the steps of this run', complete: 'run' },
    JSON_OPTION,
  ],
  examples: [
    ['keystone dedup list', 'all keys and memos of the project'],
    ['keystone dedup list --run last --json', 'those of the latest run, for a script'],
  ],
  async run(context, { options }) {
    const { app, project } = await context.open();
    const run = options.text('run');
    const runId = run === undefined ? undefined : await app.resolveRunId(project, run);
    const views = await app.listDedup(project, runId === undefined ? {} : { runId });
    if (options.flag('json')) context.terminal.json(views);
    else if (views.length === 0) context.terminal.talk('no effect is remembered');
    else context.terminal.result(await renderTable(views.map((view) => row(view, context.terminal.paint))));
    return EXIT.success;
  },
};

function row(view: DedupView, paint: Paint): string[] {
  const { id, scope, key, status, runId, step, since, finishedAt, expiresAt } = view;
  const left = expiresAt === undefined ? '' : `expires in ${formatDuration(expiresAt - Date.now())}`;
  return [
    id,
    scope,
    key,
    status,
    `${runId} ${step}`,
    paint.dim(formatDate(finishedAt ?? since)),
    paint.dim(left),
  ];
}
