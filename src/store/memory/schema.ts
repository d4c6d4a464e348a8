/** Tables of a memory database, by version; forward only. */
import type { Migration } from '../sqljs/migrations/index.ts';

export const MEMORY_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE memories (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE VIRTUAL TABLE memory_words USING fts4(text, tokenize=unicode61);
CREATE TABLE memory_vectors (
  memory INTEGER NOT NULL,
  model TEXT NOT NULL,
  vector TEXT NOT NULL,
  PRIMARY KEY (model, memory)
) WITHOUT ROWID;
`,
  },
];
