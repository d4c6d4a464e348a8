/** The `wait` kind: a durable wait for an event, interpreted by the statechart. */
import { defineStep } from '../define.ts';
import { waitSchema } from './schema.ts';

export const wait = defineStep({
  kind: 'wait',
  event: { field: 'event', does: 'awaits' },
  summary: 'Waits for an event, sent before or after; its data is the output. Durable, holds no slot.',
  schema: waitSchema,
  control: 'suspend',
  takesSlot: false,
  rawNames: ['event'],
  expressionFields: ['match'],
  suspend: ({ event, match, oneShot }) => ({
    for: 'event',
    event,
    oneShot: oneShot ?? true,
    ...(match !== undefined && { match }),
  }),
  describe: ({ event }) => `wait for event ${event}`,
});
