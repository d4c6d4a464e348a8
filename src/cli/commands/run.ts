/** `keystone run`: starts a workflow and follows it. */
import type { RunRequest } from '../../app/types.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { CommandContext, CommandInput, CommandSpec } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { renderDryRun } from '../output/render-dry-run.ts';
import {
  FOLLOW_OPTIONS,
  INPUT_OPTION,
  INPUTS_OPTION,
  inputsOf,
  WAIT_OPTIONS,
  waitOf,
} from '../run-options.ts';

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
    ...WAIT_OPTIONS,
    ...FOLLOW_OPTIONS,
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
  const request = await requestOf(context, input);
  const wait = waitOf(options);
  const described = await app.describeWorkflow(project, request);
  const inputs = await inputsOf(options, described.inputs, context);
  if (options.flag('resume')) {
    const runId = await app.latestResumable(project, request.workflow);
    if (runId !== undefined) {
      context.terminal.talk(`going on with run ${runId}`);
      const resumed = await app.resumeRun(project, runId, {
        inputs,
        ...(wait === undefined ? {} : { wait }),
      });
      return followRun(context, resumed, { app, project, options });
    }
  }
  const full: RunRequest = {
    ...request,
    inputs,
    tags: options.list('tag'),
    ...(wait === undefined ? {} : { wait }),
    ...(options.flag('inspect') ? { inspect: true } : {}),
  };
  if (options.flag('dryRun'))
    return renderDryRun(context.terminal, await app.dryRun(project, full), options.flag('json'));
  return followRun(context, await app.runWorkflow(project, full), { app, project, options });
}

/** The workflow asked for; its text when it comes from standard input. */
async function requestOf(
  context: CommandContext,
  input: CommandInput,
): Promise<{ workflow: string; source?: string }> {
  const workflow = input.arguments[0] ?? '';
  if (workflow !== '-') return { workflow };
  if (input.options.text('inputs') === '-' || context.terminal.streams.stdin.isTTY === true) {
    const message =
      input.options.text('inputs') === '-'
        ? 'the workflow and --inputs cannot both come from standard input'
        : 'standard input is a terminal, not a workflow';
    throw new KeystoneError('USAGE', message, {
      exitCode: EXIT.usage,
      hint: 'pipe the workflow in: keystone run - < flow.yaml',
    });
  }
  return { workflow, source: await context.readStdin() };
}
