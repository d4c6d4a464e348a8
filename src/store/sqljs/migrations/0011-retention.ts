/** Version 11: artifacts; who needs which blob, so that blobs can go; and runs that are being forgotten. */
import type { Migration } from './index.ts';

/** An address in a row's text, or those of references in its JSON. */
const usesOf = (holder: string, table: string, column: string): string => `
INSERT OR IGNORE INTO blob_uses SELECT ${holder}, substr(${column}, 2) FROM ${table}
  WHERE ${column} LIKE '@%' AND length(${column}) = 65;
INSERT OR IGNORE INTO blob_uses SELECT ${holder}, found.value FROM ${table},
  json_tree(CASE WHEN instr(${column}, '"blob":"') > 0 AND ${column} NOT LIKE '@%' THEN ${column} ELSE 'null' END) AS found
  WHERE found.key = 'blob' AND length(found.value) = 64;`;

/** As a name that is no run's. */
const DEDUP_HOLDER = "'dedup ' || dedup.scope || ' ' || dedup.hash";

export const retention: Migration = {
  version: 11,
  sql: `
CREATE TABLE artifacts (
  run TEXT NOT NULL,
  name TEXT NOT NULL,
  step TEXT NOT NULL,
  digest TEXT NOT NULL,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE artifact_files (
  run TEXT NOT NULL,
  artifact TEXT NOT NULL,
  path TEXT NOT NULL,
  blob TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  executable INTEGER NOT NULL,
  PRIMARY KEY (run, artifact, path)
) WITHOUT ROWID;

CREATE TABLE blob_uses (
  holder TEXT NOT NULL,
  blob TEXT NOT NULL,
  PRIMARY KEY (holder, blob)
) WITHOUT ROWID;
CREATE INDEX blob_uses_by_blob ON blob_uses (blob);
CREATE TABLE blob_garbage (blob TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE forgotten_runs (run TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX runs_by_workflow ON runs (workflow, started_at) WHERE parent_run IS NULL;
CREATE INDEX run_values_by_source ON run_values (source_text);
CREATE INDEX run_values_by_plan ON run_values (plan_text);
CREATE TRIGGER dedup_gone AFTER DELETE ON dedup BEGIN
  DELETE FROM blob_uses WHERE holder = 'dedup ' || old.scope || ' ' || old.hash;
END;
${usesOf('steps.run', 'steps', 'output')}
${usesOf('steps.run', 'steps', 'raw')}
${usesOf('run_values.run', 'run_values', 'inputs')}
${usesOf('run_values.run', 'run_values', 'outputs')}
${usesOf(DEDUP_HOLDER, 'dedup', 'output')}
${usesOf(DEDUP_HOLDER, 'dedup', 'raw')}
`,
};
