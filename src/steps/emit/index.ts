/** The `emit` kind: an event for `wait` steps, sent once however often the attempt is redone. */
import { defineStep } from '../define.ts';
import { runEmit } from './run.ts';
import { emitSchema } from './schema.ts';

export const emit = defineStep({
  kind: 'emit',
  summary: 'Sends an event to steps that wait for it, now or later.',
  schema: emitSchema,
  takesSlot: false,
  run: runEmit,
  describe: ({ event, scope = 'run' }) => `send event ${event} to the ${scope}`,
});
