/** `keystone pools`: the configured pools, who holds their slots and who waits. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { PoolView } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { formatDuration } from '../output/format.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint } from '../terminal.ts';

export const poolsCommand: CommandSpec = {
  name: 'pools',
  summary: 'show the configured pools, who holds their slots and who waits',
  arguments: [],
  options: [JSON_OPTION],
  examples: [
    ['keystone pools', 'use and queue of every configured pool, over all processes'],
    ['keystone pools --json', 'the same for a script, with every step that waits'],
  ],
  async run(context, { options }) {
    const { app, project } = await context.open();
    const pools = await app.listPools(project);
    if (options.flag('json')) context.terminal.json(pools);
    else if (pools.length === 0) context.terminal.talk('no pools are configured');
    else
      context.terminal.result(
        await renderTable(pools.flatMap((pool) => rowsOf(pool, context.terminal.paint))),
      );
    return EXIT.success;
  },
};

function rowsOf(pool: PoolView, paint: Paint): string[][] {
  const { used, limit, configured, utilization, queued, longestWaitMs } = pool;
  const queue = queued === 0 ? '' : `${queued} wait, the longest ${formatDuration(longestWaitMs)}`;
  return [
    [pool.pool, `${used} of ${limit}`, `${Math.round(utilization * 100)} %`, queue],
    ...(configured === limit ? [] : [[paint.dim(otherLimit(pool)), '', '', '']]),
    ...pool.holders.map(({ workflow, step, runId, since }) => [
      `  ${step}`,
      workflow,
      runId,
      paint.dim(`for ${formatDuration(Math.max(0, Date.now() - since))}`),
    ]),
  ];
}

/** Several processes use the pool with different limits. */
function otherLimit({ limit, configured, processes }: PoolView): string {
  const here = configured === null ? 'not configured here' : `${configured} configured here`;
  const by = processes.find((each) => each.limit === limit)?.owner ?? 'another process';
  return `  ${here}; process ${by} has ${limit}, and the lowest limit counts`;
}
