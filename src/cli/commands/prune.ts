/** `keystone prune`: forgets runs that are not to be kept. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { PrunedRun, Pruning } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import type { Options } from '../options.ts';
import { count, formatBytes, formatDate } from '../output/format.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint, Terminal } from '../terminal.ts';

export const pruneCommand: CommandSpec = {
  name: 'prune',
  summary: 'forget old runs, with their outputs, logs and artifacts',
  details:
    'Which runs go, the `retention` of their workflow says, or else `storage.retention` of the configuration. Only runs that have ended go, and with them the runs they began. The same happens, for the older runs of a workflow, whenever one of its runs ends. Values that nobody needs any more are removed, too.',
  options: [
    { flags: '--dry-run', description: 'only tell which runs would go' },
    { flags: '--days <n>', description: 'forget all runs that ended more than so many days ago instead' },
    { flags: '--keep <n>', description: 'keep the newest so many runs of each workflow instead' },
    JSON_OPTION,
  ],
  examples: [
    ['keystone prune --dry-run', 'what would go'],
    ['keystone prune', 'forget what is not to be kept'],
    ['keystone prune --keep 10', 'forget all but the newest ten runs of each workflow'],
  ],
  async run(context, { options }) {
    const { app, project } = await context.open();
    const [days, keep] = [wholeNumber(options, 'days'), wholeNumber(options, 'keep')];
    const dryRun = options.flag('dryRun');
    const pruning = await app.pruneRuns(project, { days, keep, dryRun });
    if (options.flag('json')) context.terminal.json({ dryRun, ...pruning });
    else await show(pruning, dryRun, context.terminal);
    return EXIT.success;
  },
};

async function show({ runs, kept, freed }: Pruning, dryRun: boolean, terminal: Terminal): Promise<void> {
  if (runs.length > 0) terminal.result(await renderTable(runs.map((run) => row(run, terminal.paint))));
  for (const { runId } of kept)
    terminal.talk(`run ${runId} stays: it is being worked on, or something of it is still to be cleaned up`);
  if (dryRun) terminal.talk(runs.length === 0 ? 'nothing would go' : `${count(runs.length, 'run')} would go`);
  else
    terminal.talk(
      `${count(freed.runs, 'run')} forgotten, ${count(freed.blobs, 'stored value')} removed (${formatBytes(freed.bytes)})`,
    );
}

const row = ({ runId, workflow, status, endedAt, why }: PrunedRun, paint: Paint): string[] => [
  runId,
  workflow,
  status,
  paint.dim(formatDate(endedAt)),
  paint.dim(why),
];

/** @throws {KeystoneError} USAGE */
function wholeNumber(options: Options, name: string): number | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new KeystoneError('USAGE', `--${name} takes a whole number from 1, not "${text}"`, {
    exitCode: EXIT.usage,
    hint: 'see: keystone prune --help',
  });
}
