/** `keystone run`: starts a workflow and follows it. */
import type { CommandContext, CommandInput, CommandSpec } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { renderDryRun } from '../output/render-dry-run.ts';
import { FOLLOW_OPTIONS, INPUT_OPTION, INPUTS_OPTION, PART_OPTIONS, WAIT_OPTIONS } from '../run-options.ts';
import { runRequestOf } from '../run-request.ts';

export const runCommand: CommandSpec = {
  name: 'run',
  summary: 'run a workflow',
  details:
    'Progress is shown on stderr: live on a terminal, as plain lines elsewhere. The outputs of the workflow are printed on stdout. ' +
    'Ctrl+C cancels the run: steps end, compensations and the finally block run. A second Ctrl+C stops at once; such a run can be resumed.',
  arguments: [
    {
      name: 'workflow',
      description: 'a name in .keystone/workflows, a file, or - for standard input',
      complete: 'workflow',
    },
  ],
  options: [
    INPUT_OPTION,
    INPUTS_OPTION,
    { flags: '--tag <tag>', description: 'tag the run', repeat: true },
    {
      flags: '--dry-run',
      description: 'say what each step would do, and do nothing',
      conflicts: ['resume', 'events'],
    },
    {
      flags: '--resume',
      description: 'go on with the latest unfinished run of this workflow, if there is one',
    },
    {
      flags: '--no-dedup',
      description: 'have every effect anew: take no results of idempotencyKey and memoize, and keep none',
      conflicts: ['resume'],
    },
    ...PART_OPTIONS,
    ...WAIT_OPTIONS,
    ...FOLLOW_OPTIONS,
    {
      flags: '--trust',
      description: 'trust this content, from outside the project, to do what keystone manifest lists',
    },
    { flags: '--inspect', description: 'watch the statecharts in the inspector' },
  ],
  examples: [
    ['keystone run hello', 'run .keystone/workflows/hello.yaml'],
    ['keystone run ./release.yaml -i env=prod -i dry=true', 'run a file with inputs'],
    ['keystone run hello --json | jq .outputs', 'use the outputs in a script'],
    ['cat flow.yaml | keystone run -', 'run a workflow from standard input'],
  ],
  run,
};

async function run(context: CommandContext, input: CommandInput): Promise<number> {
  const { options } = input;
  const { app, project } = await context.open();
  const request = await runRequestOf(context, input, app, project);
  const following = { app, project, options };
  if (options.flag('dryRun'))
    return renderDryRun(context.terminal, await app.dryRun(project, request), options.flag('json'));
  const unfinished = options.flag('resume')
    ? await app.latestResumable(project, request.workflow)
    : undefined;
  if (unfinished === undefined) return followRun(context, await app.runWorkflow(project, request), following);
  context.terminal.talk(`going on with run ${unfinished}`);
  const { inputs = {}, wait, inspect, askSecrets } = request;
  const handle = await app.resumeRun(project, unfinished, {
    inputs,
    ...(askSecrets && { askSecrets }),
    ...(wait === undefined ? {} : { wait }),
    ...(inspect === undefined ? {} : { inspect }),
  });
  return followRun(context, handle, following);
}
