/** Version 1 of the schema. Times are milliseconds since 1970, JSON is text, all texts of a run hang on its id. */
import type { Migration } from './index.ts';

/**
 * `runs` is rewritten at nearly every commit and therefore narrow; `run_values` holds what is large and seldom changes.
 * `steps.position` numbers paths by first appearance: all attempts of a step lie side by side, in the order people expect.
 */
export const initial: Migration = {
  version: 1,
  sql: `
CREATE TABLE workflows (
  hash TEXT PRIMARY KEY,
  text TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  workflow TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  wake_at INTEGER,
  seq INTEGER NOT NULL,
  owner TEXT,
  lease_until INTEGER,
  parent_run TEXT,
  parent_path TEXT
) WITHOUT ROWID;
CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_status ON runs (status, started_at);
CREATE INDEX runs_by_parent ON runs (parent_run) WHERE parent_run IS NOT NULL;
CREATE INDEX runs_by_owner ON runs (owner) WHERE owner IS NOT NULL;

CREATE TABLE run_values (
  run TEXT PRIMARY KEY,
  file TEXT,
  cwd TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  plan_hash TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  tags TEXT NOT NULL,
  inputs TEXT NOT NULL,
  outputs TEXT,
  error TEXT,
  suspended_on TEXT,
  pinned TEXT NOT NULL,
  source_text TEXT NOT NULL REFERENCES workflows (hash),
  plan_text TEXT NOT NULL REFERENCES workflows (hash)
);

CREATE TABLE actors (
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  children TEXT NOT NULL,
  PRIMARY KEY (run, path)
) WITHOUT ROWID;

CREATE TABLE journal (
  run TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ts INTEGER NOT NULL,
  entries TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;

CREATE TABLE steps (
  run TEXT NOT NULL,
  position INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT,
  reason TEXT,
  started_at INTEGER,
  finished_at INTEGER,
  process_group INTEGER,
  output TEXT,
  raw TEXT,
  error TEXT,
  PRIMARY KEY (run, position, epoch, attempt)
) WITHOUT ROWID;
CREATE INDEX steps_by_path ON steps (run, path);

CREATE TABLE timers (
  run TEXT NOT NULL,
  id TEXT NOT NULL,
  actor_path TEXT NOT NULL,
  name TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  policy TEXT NOT NULL,
  remaining_ms INTEGER,
  PRIMARY KEY (run, id)
) WITHOUT ROWID;

CREATE TABLE compensations (
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  status TEXT NOT NULL,
  completion_order INTEGER,
  error TEXT,
  PRIMARY KEY (run, path)
) WITHOUT ROWID;

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  event TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX inbox_by_run ON inbox (run);
`,
};
