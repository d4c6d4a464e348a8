/** Version 8: what is known of a fan-out as a whole: how many items it has, what they are called, the lines they are made of. */
import type { Migration } from './index.ts';

export const fanOuts: Migration = {
  version: 8,
  sql: 'ALTER TABLE steps ADD COLUMN fan_out TEXT;',
};
