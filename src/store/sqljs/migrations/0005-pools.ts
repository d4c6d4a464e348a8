/** Version 5: configured pools: the part each process has of them, and the steps that hold their slots or wait for them. */
import type { Migration } from './index.ts';

export const pools: Migration = {
  version: 5,
  sql: `
CREATE TABLE pool_parts (
  pool TEXT NOT NULL,
  owner TEXT NOT NULL,
  slots INTEGER NOT NULL,
  wants INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (pool, owner)
) WITHOUT ROWID;

CREATE TABLE pool_slots (
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  pool TEXT NOT NULL,
  state TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (run, path)
) WITHOUT ROWID;
`,
};
