/** The `human` kind: a durable question to a person, interpreted by the statechart. */
import { defineStep } from '../define.ts';
import { ask, askable } from './ask.ts';
import { humanSchema } from './schema.ts';

export const human = defineStep({
  kind: 'human',
  summary: 'Asks a person, and waits for the answer for as long as it takes; the answer is the output.',
  schema: humanSchema,
  control: 'suspend',
  rawNames: ['timedOut'],
  wayBack: { field: 'rewindTo' },
  takesSlot: false,
  check: askable,
  suspend: ask,
  describe: ({ message, inputType = 'confirm' }) => `ask (${inputType}): ${message}`,
});
