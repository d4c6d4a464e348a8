/** Brings a database to the newest schema: numbered steps, forward only, each in the same transaction as its number. */
import { StoreError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { initial } from './0001-initial.ts';
import { noIndexOfPaths } from './0002-no-index-of-paths.ts';
import { waitsAndEvents } from './0003-waits-and-events.ts';
import { dedup } from './0004-dedup.ts';
import { pools } from './0005-pools.ts';
import { runQueue } from './0006-run-queue.ts';
import { notes } from './0007-notes.ts';
import { fanOuts } from './0008-fan-outs.ts';
import { poolLimits } from './0009-pool-limits.ts';
import { leftovers } from './0010-leftovers.ts';
import { retention } from './0011-retention.ts';

export interface Migration {
  version: number;
  sql: string;
}

const MIGRATIONS: readonly Migration[] = [
  initial,
  noIndexOfPaths,
  waitsAndEvents,
  dedup,
  pools,
  runQueue,
  notes,
  fanOuts,
  poolLimits,
  leftovers,
  retention,
];
export const NEWEST_VERSION = MIGRATIONS.length;

/** @throws {StoreError} STORE_NEWER, STORE_OLDER */
export function migrate(
  database: Database,
  options: { readonly: boolean; migrations?: readonly Migration[] },
): void {
  const { migrations = MIGRATIONS } = options;
  const newest = migrations.length;
  const version = database.read(() => schemaVersion(database));
  if (version === newest) return;
  if (version > newest) {
    throw new StoreError(
      'STORE_NEWER',
      `the store ${database.path} has schema ${version}; this keystone knows up to ${newest}`,
      {
        hint: 'a newer keystone wrote it: upgrade, or choose another store with storage.path',
      },
    );
  }
  if (options.readonly) {
    throw new StoreError(
      'STORE_OLDER',
      `the store ${database.path} has schema ${version}; this keystone reads ${newest}`,
      {
        hint: 'run any command that writes, such as `keystone resume`, to bring it up to date',
      },
    );
  }
  // A power cut may undo it together with what came after; then it is done again.
  database.writeUnsynced(() => applyMissing(database, migrations));
}

/** Reads the version again: another process may have been faster. */
function applyMissing(database: Database, migrations: readonly Migration[]): void {
  const version = schemaVersion(database);
  for (const migration of migrations.slice(version)) {
    database.execute(`${migration.sql}; PRAGMA user_version=${migration.version}`);
  }
}

function schemaVersion(database: Database): number {
  return database.prepare('PRAGMA user_version').get([], (row) => row.integer(0)) ?? 0;
}
