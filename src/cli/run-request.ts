/** The command line of `run` → the request the app layer gets. */
import type { RunRequest } from '../app/types.ts';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { AppApi, Project, TrustQuestion } from './app-api.ts';
import { askForMissing, canAsk } from './ask-inputs.ts';
import { askingForSecrets } from './ask-secrets.ts';
import { askForTrust } from './ask-trust.ts';
import type { CommandContext, CommandInput } from './command.ts';
import { inputsOf, patienceOf } from './run-options.ts';
import type { Terminal } from './terminal.ts';

/** @throws {KeystoneError} USAGE for inputs and durations that cannot be read. */
export async function runRequestOf(
  context: CommandContext,
  input: CommandInput,
  app: AppApi,
  project: Project,
): Promise<RunRequest> {
  const { options } = input;
  const target = await workflowOf(context, input);
  const asking = canAsk(context.terminal) && !options.flag('dryRun') && !options.flag('resume');
  // Only `-i` and questions need to know the inputs beforehand.
  const declared =
    asking || options.list('input').length > 0 ? (await app.describeWorkflow(project, target)).inputs : {};
  const given = await inputsOf(options, declared, context);
  const until = options.text('until');
  const only = options.list('only');
  const trust =
    options.flag('trust') ||
    (asking && (await wantsTrust(context.terminal, app.trustQuestion(project, target))));
  return {
    ...target,
    ...(trust ? { trust } : {}),
    inputs: asking ? await askForMissing(context.terminal, declared, given) : given,
    tags: options.list('tag'),
    ...askingForSecrets(context.terminal),
    ...patienceOf(context.terminal, options),
    ...(until === undefined ? {} : { until }),
    ...(only.length === 0 ? {} : { only }),
    ...(options.flag('debug') ? { debug: true } : {}),
    ...(options.off('dedup') ? { dedup: false } : {}),
    ...(options.flag('inspect') ? { inspect: true } : {}),
  };
}

/** Asks when there is something to decide; a no is left to the app, which refuses. */
const wantsTrust = async (terminal: Terminal, question: TrustQuestion | undefined): Promise<boolean> =>
  question !== undefined && askForTrust(terminal, question);

/** The workflow asked for; its text when it comes from standard input. */
async function workflowOf(
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
