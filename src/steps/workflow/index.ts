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
  rawNames: ['runId', 'version'],
  check: ({ detach, outputMapping }) =>
    detach === true && outputMapping !== undefined
      ? { field: 'outputMapping', message: 'a detached run has no outputs to map: nobody waits for them' }
      : undefined,
  run: runWorkflowStep,
  describe: (fields) => `run workflow ${fields.workflow}`,
});
