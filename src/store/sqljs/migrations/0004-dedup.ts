/** Version 4: names of effects and memoized results, and where a step's result was taken from. */
import type { Migration } from './index.ts';

export const dedup: Migration = {
  version: 4,
  sql: `
CREATE TABLE dedup (
  scope TEXT NOT NULL,
  hash TEXT NOT NULL,
  label TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  workflow TEXT NOT NULL,
  kind TEXT NOT NULL,
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  status TEXT NOT NULL,
  since INTEGER NOT NULL,
  finished_at INTEGER,
  expires_at INTEGER,
  output TEXT,
  raw TEXT,
  PRIMARY KEY (scope, hash)
) WITHOUT ROWID;
CREATE INDEX dedup_by_expiry ON dedup (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX waits_by_key ON waits (name) WHERE wait_for = 'key';
ALTER TABLE steps ADD COLUMN reused_from TEXT;
`,
};
