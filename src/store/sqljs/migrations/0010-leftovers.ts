/** Version 10: what steps leave behind that is to be cleaned up when their run has ended. */
import type { Migration } from './index.ts';

export const leftovers: Migration = {
  version: 10,
  sql: `
CREATE TABLE leftovers (
  run TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  what TEXT NOT NULL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
`,
};
