/** Version 7: what attempts wrote down for themselves. */
import type { Migration } from './index.ts';

export const notes: Migration = {
  version: 7,
  sql: `
CREATE TABLE notes (
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  number INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, path, epoch, number)
) WITHOUT ROWID;
`,
};
