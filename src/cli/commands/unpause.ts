/** `keystone unpause`: lets a paused run go on, in the process that runs it or else here. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { CommandSpec } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { givenAtResume } from '../given-at-resume.ts';
import { FOLLOW_OPTIONS, INPUT_OPTION, INPUTS_OPTION, patienceOf, WAIT_OPTIONS } from '../run-options.ts';

export const unpauseCommand: CommandSpec = {
  name: 'unpause',
  summary: 'let a paused run go on',
  details:
    'A run that a process is still pausing goes on there. Any other goes on here, as with keystone resume: secret inputs have to be given again with -i.',
  arguments: [{ name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' }],
  options: [INPUT_OPTION, INPUTS_OPTION, ...WAIT_OPTIONS, ...FOLLOW_OPTIONS],
  examples: [['keystone unpause last', 'go on with the latest run']],
  async run(context, { arguments: [text = ''], options }) {
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, text);
    const unpause = await app.unpauseRun(project, runId, {
      ...(await givenAtResume(context, options, { app, project, runId })),
      ...patienceOf(context.terminal, options),
    });
    if ('handle' in unpause) return followRun(context, unpause.handle, { app, project, options });
    if (options.flag('json')) context.terminal.json(unpause);
    context.terminal.talk(
      `run ${unpause.runId} has been told to go on; watch it with: keystone logs ${unpause.runId} -f`,
    );
    return EXIT.success;
  },
};
