/** The `join` kind: waits for some of its needs, interpreted by the statechart. */
import { defineStep } from '../define.ts';
import { joinSchema } from './schema.ts';

export const join = defineStep({
  kind: 'join',
  summary: 'Waits for all, any, some or a share of its needs and gathers their outputs.',
  schema: joinSchema,
  control: 'join',
  takesSlot: false,
  rawNames: ['canceled'],
  describe: (fields) => `join ${fields.condition ?? 'all'}`,
});
