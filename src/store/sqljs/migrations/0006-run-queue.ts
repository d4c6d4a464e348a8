/** Version 6: runs that wait until others of their workflow have ended, in the order of their places. */
import type { Migration } from './index.ts';

export const runQueue: Migration = {
  version: 6,
  sql: `
CREATE TABLE run_queue (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL UNIQUE,
  workflow TEXT NOT NULL
);
CREATE INDEX run_queue_by_workflow ON run_queue (workflow);
`,
};
