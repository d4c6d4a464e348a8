/** `keystone resume`: goes on with a run that was suspended or whose process is gone. */

import { askingForSecrets } from '../ask-secrets.ts';
import type { CommandSpec } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { givenAtResume } from '../given-at-resume.ts';
import { FOLLOW_OPTIONS, INPUT_OPTION, INPUTS_OPTION, patienceOf, WAIT_OPTIONS } from '../run-options.ts';

export const resumeCommand: CommandSpec = {
  name: 'resume',
  summary: 'go on with a suspended or interrupted run',
  details:
    'Settled steps are not run again; their recorded results are used. An attempt that was cut off is made again. ' +
    'Secrets are not stored (see [secrets](../secrets.md)): `secrets.<name>` is looked for again, secret inputs are given again with -i, or asked for on a terminal. A step that waits for a person is answered with -i too, by its path: -i approve=yes.',
  arguments: [{ name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' }],
  options: [INPUT_OPTION, INPUTS_OPTION, ...WAIT_OPTIONS, ...FOLLOW_OPTIONS],
  examples: [
    ['keystone resume last', 'go on with the latest run'],
    ['keystone resume 8f3k -i token="$TOKEN"', 'give a secret input again'],
    ['keystone resume 8f3k -i approve=yes', 'answer a step that waits for a person'],
  ],
  async run(context, { arguments: [text = ''], options }) {
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, text);
    const handle = await app.resumeRun(project, runId, {
      ...(await givenAtResume(context, options, { app, project, runId })),
      ...askingForSecrets(context.terminal),
      ...patienceOf(context.terminal, options),
    });
    return followRun(context, handle, { app, project, options });
  },
};
