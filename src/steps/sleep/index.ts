/** The `sleep` kind: a durable timer, interpreted by the statechart. */
import { defineStep } from '../define.ts';
import { sleepSchema } from './schema.ts';

export const sleep = defineStep({
  kind: 'sleep',
  summary: 'Waits for a time; the wait is durable and survives a crash or a restart.',
  schema: sleepSchema,
  control: 'sleep',
  takesSlot: false,
  describe: (fields) =>
    `sleep ${typeof fields.duration === 'number' ? `${fields.duration}ms` : fields.duration}`,
});
