/** Version 9: the limit of a pool as each process that uses it has it configured; 0: not known. */
import type { Migration } from './index.ts';

export const poolLimits: Migration = {
  version: 9,
  sql: 'ALTER TABLE pool_parts ADD COLUMN configured INTEGER NOT NULL DEFAULT 0;',
};
