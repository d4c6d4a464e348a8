/** Brings a database to the newest schema: numbered steps, forward only, each in the same transaction as its number. */
import { StoreError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { initial } from './0001-initial.ts';

export interface Migration {
  version: number;
  sql: string;
}

const MIGRATIONS: readonly Migration[] = [initial];
export const NEWEST_VERSION = MIGRATIONS.length;
/** "KSTN" in the file header: tells our databases from those of other programs. */
const APPLICATION_ID = 0x4b53544e;

/** @throws {StoreError} STORE_NEWER, STORE_OLDER, STORE_UNSUPPORTED (a database of another program). */
export function migrate(database: Database, options: { readonly: boolean }): void {
  const version = database.read(() => pragma(database, 'user_version'));
  if (version === NEWEST_VERSION) return;
  if (version > NEWEST_VERSION) {
    throw new StoreError(
      'STORE_NEWER',
      `the store ${database.path} has schema ${version}; this keystone knows up to ${NEWEST_VERSION}`,
      {
        hint: 'a newer keystone wrote it: upgrade, or choose another store with storage.path',
      },
    );
  }
  if (options.readonly) {
    throw new StoreError(
      'STORE_OLDER',
      `the store ${database.path} has schema ${version}; this keystone reads ${NEWEST_VERSION}`,
      {
        hint: 'run any command that writes, such as `keystone resume`, to bring it up to date',
      },
    );
  }
  database.write(() => applyMissing(database));
}

/** Reads the version again: another process may have been faster. */
function applyMissing(database: Database): void {
  const version = pragma(database, 'user_version');
  if (version === 0) claimEmptyFile(database);
  for (const migration of MIGRATIONS.slice(version)) {
    database.execute(`${migration.sql}; PRAGMA user_version=${migration.version}`);
  }
}

function claimEmptyFile(database: Database): void {
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').get([], (row) => row.integer(0));
  if (tables !== 0) {
    throw new StoreError('STORE_UNSUPPORTED', `${database.path} is a database of another program`, {
      hint: 'choose another file with storage.path',
    });
  }
  database.execute(`PRAGMA application_id=${APPLICATION_ID}`);
}

function pragma(database: Database, name: 'user_version' | 'application_id'): number {
  return database.prepare(`PRAGMA ${name}`).get([], (row) => row.integer(0)) ?? 0;
}
