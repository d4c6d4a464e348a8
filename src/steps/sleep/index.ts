/** The `sleep` kind: a durable timer, interpreted by the statechart. */
import { defineStep } from '../define.ts';
import { durationMs } from '../duration.ts';
import { sleepSchema } from './schema.ts';

export const sleep = defineStep({
  kind: 'sleep',
  summary: 'Waits for a time; the wait is durable and survives a crash or a restart.',
  schema: sleepSchema,
  control: 'suspend',
  takesSlot: false,
  suspend: ({ duration }, now) => ({ for: 'time', dueAt: now + durationMs(duration) }),
  describe: (fields) =>
    `sleep ${typeof fields.duration === 'number' ? `${fields.duration}ms` : fields.duration}`,
});
