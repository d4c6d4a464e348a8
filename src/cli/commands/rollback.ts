/** `keystone rollback`: undoes what a run did, all of it or one step, whether it goes on or has ended. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { Rollback } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { inputsForRun } from '../given-at-resume.ts';
import { INPUT_OPTION, INPUTS_OPTION } from '../run-options.ts';

export const rollbackCommand: CommandSpec = {
  name: 'rollback',
  summary: 'undo what a run did, all of it or one step',
  details:
    'Runs the compensations of what was done and is not undone yet, last completed first. ' +
    'A run that goes on ends canceled; with --scope it waits until nothing is in flight, undoes that step and goes on. ' +
    'A run that has ended becomes canceled (ROLLED_BACK); with --scope it keeps its status. An undo that fails is recorded, the others ' +
    'are made all the same, and the run is failed. Give secret inputs again if the run was begun with any.',
  arguments: [{ name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' }],
  options: [
    { flags: '--scope <step>', description: 'undo only this step, with all its items' },
    INPUT_OPTION,
    INPUTS_OPTION,
    JSON_OPTION,
  ],
  examples: [
    ['keystone rollback last', 'undo all that the latest run did'],
    ['keystone rollback 8f3k --scope deploy', 'undo one step'],
  ],
  async run(context, { arguments: [text = ''], options }) {
    const { app, project } = await context.open();
    const scope = options.text('scope');
    const runId = await app.resolveRunId(project, text);
    const rollback = await app.rollbackRun(project, runId, {
      inputs: await inputsForRun(context, options, { app, project, runId }),
      ...(scope !== undefined && { scope }),
    });
    if (options.flag('json')) context.terminal.json(rollback);
    else context.terminal.talk(sentence(rollback, scope));
    const isFailed = rollback.undone.some(({ status }) => status === 'failed');
    return isFailed ? EXIT.failed : EXIT.success;
  },
};

function sentence({ runId, was, delivered, status, undone }: Rollback, scope?: string): string {
  const look = `look at it with: keystone show ${runId}`;
  switch (delivered) {
    case 'sent':
      return `run ${runId} was ${was} and has been told to roll back; watch it with: keystone logs ${runId} -f`;
    case 'nothing-to-undo':
      return `run ${runId} (${was}) has nothing left to undo${scope === undefined ? '' : ` of ${scope}`}; ${look}`;
    case 'undone': {
      const lines = undone.map((each) => `  ↩ undo of ${each.step}: ${each.status}`);
      const is = was === status ? `is ${status} as before` : `was ${was} and is ${status} now`;
      return [`run ${runId} ${is}; ${look}`, ...lines].join('\n');
    }
    default:
      return delivered satisfies never;
  }
}
