/** The `workflow` kind: another workflow as one step. */
import { defineStep } from '../define.ts';
import { runWorkflowStep } from './run.ts';
import { workflowSchema } from './schema.ts';

export const workflow = defineStep({
  kind: 'workflow',
  summary: 'Runs another workflow as a child run; its outputs are the output of the step.',
  schema: workflowSchema,
  inferredBy: ['workflow'],
  control: 'workflow',
  takesSlot: false,
  run: runWorkflowStep,
  describe: (fields) => `run workflow ${fields.workflow}`,
});
