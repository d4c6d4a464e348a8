/** Looks a database over without changing it. */
import * as path from 'node:path';
import { storeErrorFromSystem } from '../errors.ts';
import { openDatabase } from './open-database.ts';
import { loadSqlite } from './wasm.ts';

/** What SQLite finds wrong with the file, a line each; none when it is sound. @throws {StoreError} when it cannot be opened. */
export async function checkSqljsStore(file: string): Promise<string[]> {
  const sqlite = await loadSqlite();
  const absolute = path.resolve(file);
  try {
    const { database, retire } = openDatabase(sqlite, { path: absolute, readonly: true });
    try {
      const told = database.read(() =>
        database.prepare('PRAGMA quick_check(20)').all([], (row) => row.text(0)),
      );
      return told.filter((line) => line !== 'ok');
    } finally {
      database.close();
      retire();
    }
  } catch (error) {
    throw storeErrorFromSystem(error, absolute) ?? error;
  }
}
