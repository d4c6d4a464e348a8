/** The `rollback` kind: compensations in the middle of a run, interpreted by the statechart. */
import { defineStep } from '../define.ts';
import { rollbackSchema } from './schema.ts';

export const rollback = defineStep({
  kind: 'rollback',
  summary:
    'Undoes a step or everything done so far, last completed first, and then goes on, tries again or fails.',
  schema: rollbackSchema,
  control: 'rollback',
  takesSlot: false,
  rawNames: ['undone', 'undoFailed'],
  wayBack: { field: 'scope', when: { field: 'then', is: 'retry' }, beginning: 'workflow' },
  describe: ({ scope = 'workflow', then = 'continue' }) => `undo ${scope}, then ${then}`,
});
