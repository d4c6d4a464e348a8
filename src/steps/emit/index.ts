/** The `emit` kind: an event for `wait` steps, sent once however often the attempt is redone. */
import { defineStep } from '../define.ts';
import { runEmit } from './run.ts';
import { emitSchema } from './schema.ts';

export const emit = defineStep({
  kind: 'emit',
  event: { field: 'event', does: 'sends' },
  summary: 'Sends an event to steps that wait for it, now or later.',
  schema: emitSchema,
  takesSlot: false,
  // An event for the run alone ends with it.
  hasEffect: ({ scope }) => scope !== undefined && scope !== 'run',
  run: runEmit,
  describe: ({ event, scope = 'run' }) => `send event ${event} to the ${scope}`,
});
