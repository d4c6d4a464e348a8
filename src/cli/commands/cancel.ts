/** `keystone cancel`: cancels a run, whichever process it runs in. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { Cancellation } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { inputsForRun } from '../given-at-resume.ts';
import { INPUT_OPTION, INPUTS_OPTION } from '../run-options.ts';

export const cancelCommand: CommandSpec = {
  name: 'cancel',
  summary: 'cancel a run, from any terminal',
  details:
    'Steps that run are ended, compensations and the finally block run, and the run ends as canceled. ' +
    'A second cancel ends a finally block that runs; no undo is ever cut off. ' +
    'Of a suspended run these steps run here; give secret inputs again if they need them.',
  arguments: [{ name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' }],
  options: [INPUT_OPTION, INPUTS_OPTION, JSON_OPTION],
  examples: [['keystone cancel 8f3k', 'cancel the run whose id begins with 8f3k']],
  async run(context, { arguments: [text = ''], options }) {
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, text);
    const inputs = await inputsForRun(context, options, { app, project, runId });
    const cancellation = await app.cancelRun(project, runId, inputs);
    if (options.flag('json')) context.terminal.json(cancellation);
    else context.terminal.talk(sentence(cancellation));
    return EXIT.success;
  },
};

function sentence({ runId, was, delivered }: Cancellation): string {
  switch (delivered) {
    case 'sent':
      return `run ${runId} was ${was} and has been told to cancel; watch it with: keystone logs ${runId} -f`;
    case 'canceled-dormant':
      return `run ${runId} was ${was} and is canceled now; look at it with: keystone show ${runId}`;
    case 'settled-already':
      return `run ${runId} had ended before (${was}); nothing to cancel. Look at it with: keystone show ${runId}`;
    default:
      return delivered satisfies never;
  }
}
