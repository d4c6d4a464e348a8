/** `keystone complete -- words…`: asked by the shell's completion script. Prints candidates; never complains. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { CommandContext, CommandSpec } from '../command.ts';
import { completeWords, type Lookups } from '../complete-words.ts';
import { formatDate, oneLine } from '../output/format.ts';

/** What the completion scripts understand after the last candidate. */
const DIRECTIVE = { filesIfNothingFits: 0, noFiles: 4 } as const;

export const completeCommand: CommandSpec = {
  name: 'complete',
  summary: 'candidates for the completion of a command line',
  hidden: true,
  arguments: [{ name: 'words', description: 'the words typed so far', optional: true, variadic: true }],
  examples: [],
  async run(context, { arguments: words }) {
    const { COMMANDS, GROUP_SUMMARIES } = await import('./index.ts');
    const { candidates, files } = await completeWords(words, COMMANDS, lookupsOf(context), GROUP_SUMMARIES);
    for (const { value, description } of candidates)
      context.terminal.result(`${value}\t${oneLine(description, 70)}`);
    context.terminal.result(`:${files ? DIRECTIVE.filesIfNothingFits : DIRECTIVE.noFiles}`);
    return EXIT.success;
  },
};

/** A broken project offers nothing; the command itself will say what is wrong. */
function lookupsOf(context: CommandContext): Lookups {
  const quietly = async <T>(look: () => Promise<T[]>): Promise<T[]> => {
    try {
      return await look();
    } catch {
      return [];
    }
  };
  return {
    workflows: () =>
      quietly(async () => {
        const { app, project } = await context.open();
        const workflows = await app.listWorkflows(project);
        return workflows.map(({ name, description = 'workflow' }) => ({ value: name, description }));
      }),
    runs: () =>
      quietly(async () => {
        const { app, project } = await context.open();
        const runs = await app.listRuns(project, { limit: 20 });
        const named = runs.map((run) => ({
          value: run.runId,
          description: `${run.workflow} ${run.status} ${formatDate(run.startedAt)}`,
        }));
        return runs.length === 0 ? [] : [{ value: 'last', description: 'the latest run' }, ...named];
      }),
    steps: (run) =>
      quietly(async () => {
        const { app, project } = await context.open();
        const { steps } = await app.showRun(project, await app.resolveRunId(project, run));
        return Object.entries(steps).map(([id, { kind, status }]) => ({
          value: id,
          description: `${kind} ${status}`,
        }));
      }),
  };
}
