/** `keystone pause`: pauses a run, whichever process it runs in. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { Pause } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';

export const pauseCommand: CommandSpec = {
  name: 'pause',
  summary: 'pause a run, from any terminal',
  details:
    'Attempts that run may end, nothing new begins, in sub-workflows too; then the process that ran it leaves. Waits for times, events and people stay. ' +
    'A suspended run is only marked: no scheduler goes on with it. One that waits for its turn keeps its place. What ends a run (errors, undos, finally) is not paused.',
  arguments: [{ name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' }],
  options: [JSON_OPTION],
  examples: [
    ['keystone pause 8f3k', 'pause the run whose id begins with 8f3k'],
    ['keystone unpause 8f3k', 'let it go on'],
  ],
  async run(context, { arguments: [text = ''], options }) {
    const { app, project } = await context.open();
    const pause = await app.pauseRun(project, await app.resolveRunId(project, text));
    if (options.flag('json')) context.terminal.json(pause);
    else context.terminal.talk(sentence(pause));
    return EXIT.success;
  },
};

function sentence({ runId, was, delivered }: Pause): string {
  const goOn = `go on with: keystone unpause ${runId}`;
  switch (delivered) {
    case 'sent':
      return `run ${runId} has been told to pause; what runs may end first. ${goOn}`;
    case 'marked':
      return `run ${runId} was ${was} and is paused now; ${goOn}`;
    case 'paused-already':
      return `run ${runId} was paused already; ${goOn}`;
    case 'settled-already':
      return `run ${runId} had ended before (${was}); nothing to pause. Look at it with: keystone show ${runId}`;
    default:
      return delivered satisfies never;
  }
}
