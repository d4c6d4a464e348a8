/** Version 3: what steps wait for besides time, and the events kept for them. */
import type { Migration } from './index.ts';

export const waitsAndEvents: Migration = {
  version: 3,
  sql: `
CREATE TABLE waits (
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  wait_for TEXT NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  due_at INTEGER,
  detail TEXT NOT NULL,
  PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE INDEX waits_by_event ON waits (name) WHERE wait_for = 'event';

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  scope TEXT,
  ts INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  taken_by TEXT,
  key TEXT UNIQUE
);
CREATE INDEX events_by_name ON events (name);
ALTER TABLE timers ADD COLUMN step TEXT;
CREATE INDEX runs_by_wake ON runs (wake_at) WHERE wake_at IS NOT NULL;
`,
};
