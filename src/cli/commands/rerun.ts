/** `keystone rerun`: runs steps of an ended run again, and keeps the results of all others. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { RerunPreview } from '../app-api.ts';
import { askingForSecrets } from '../ask-secrets.ts';
import type { CommandContext, CommandInput, CommandSpec } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { inputsForRun } from '../given-at-resume.ts';
import { renderTable } from '../output/render-table.ts';
import { FOLLOW_OPTIONS, INPUT_OPTION, INPUTS_OPTION, patienceOf, WAIT_OPTIONS } from '../run-options.ts';

export const rerunCommand: CommandSpec = {
  name: 'rerun',
  summary: 'run steps of an ended run again',
  details:
    'The step, and all that depends on it, begins anew; the results of all other steps are kept. Without --from it begins from the steps that failed; ' +
    'steps that were skipped, canceled or undone because the run was ending run too. The blocks errors and finally run at the end as in any run. ' +
    'What the steps did before stays in the history: keystone show --json. Secret inputs are never stored: give them again with -i.',
  arguments: [
    {
      name: 'run',
      description: 'a run id, the beginning of one, last, or a workflow (its latest run)',
      complete: 'workflow-or-run',
    },
  ],
  options: [
    { flags: '--from <step>', description: 'the step to begin from, or an item: test[3] (default: failed)' },
    { flags: '--downstream', description: 'also what depends on it (the default)', conflicts: ['only'] },
    { flags: '--only', description: 'only that step; what depends on it keeps its results' },
    { flags: '--dry-run', description: 'say which steps would run, and do nothing', conflicts: ['events'] },
    INPUT_OPTION,
    INPUTS_OPTION,
    ...WAIT_OPTIONS,
    ...FOLLOW_OPTIONS,
  ],
  examples: [
    ['keystone rerun last', 'once more from what failed'],
    ['keystone rerun 8f3k --from build', 'from a step on'],
    ['keystone rerun release --from test --only', 'one step of the latest run of release'],
    ['keystone rerun last --from build --dry-run', 'what would run again'],
  ],
  run,
};

async function run(context: CommandContext, input: CommandInput): Promise<number> {
  const { options } = input;
  const { app, project } = await context.open();
  const runId = await app.resolveRerun(project, input.arguments[0] ?? '');
  const from = options.text('from');
  const rerun = {
    ...(from === undefined || from === 'failed' ? {} : { from }),
    only: options.flag('only'),
  };
  if (options.flag('dryRun'))
    return show(context, await app.previewRerun(project, runId, rerun), options.flag('json'));
  const inputs = await inputsForRun(context, options, { app, project, runId });
  const handle = await app.rerunRun(project, runId, {
    ...rerun,
    inputs,
    ...askingForSecrets(context.terminal),
    ...patienceOf(context.terminal, options),
  });
  return followRun(context, handle, { app, project, options });
}

async function show({ terminal }: CommandContext, preview: RerunPreview, json: boolean): Promise<number> {
  if (json) {
    terminal.json(preview);
    return EXIT.success;
  }
  const { paint } = terminal;
  terminal.talk(
    `run ${preview.runId} of ${preview.workflow} would begin again, as attempt ${preview.attempt}`,
  );
  if (preview.steps.length > 0)
    terminal.result(await renderTable(preview.steps.map(({ path, why }) => [path, paint.dim(why)])));
  return EXIT.success;
}
