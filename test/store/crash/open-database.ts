/** A bare database on the VFS, without the store's tables: the crash tests look below the Store port. */
import * as fs from 'node:fs';
import { Database } from '../../../src/store/sqljs/database.ts';
import { checkHeader, createIfMissing } from '../../../src/store/sqljs/database-header.ts';
import { FileMutex } from '../../../src/store/sqljs/mutex.ts';
import { Token } from '../../../src/store/sqljs/token.ts';
import type { VfsObserver } from '../../../src/store/sqljs/vfs/database-file.ts';
import { loadSqlite } from '../../../src/store/sqljs/wasm.ts';

const TIMEOUT_MS = 20_000;

export interface OpenOptions {
  observer?: VfsObserver;
  durability?: 'full' | 'normal';
  mutex?: FileMutex;
}

export function openMutex(folder: string): FileMutex {
  fs.mkdirSync(folder, { recursive: true });
  return new FileMutex(new Token(folder), TIMEOUT_MS);
}

export async function openDatabase(path: string, options: OpenOptions = {}): Promise<Database> {
  return new Database(await loadSqlite(), {
    path,
    readonly: false,
    mutex: options.mutex ?? openMutex(`${path}.locks`),
    timeoutMs: TIMEOUT_MS,
    durability: options.durability ?? 'full',
    observer: options.observer,
    beforeOpen: () => {
      createIfMissing(path);
      checkHeader(path);
    },
  });
}

/** First column of all rows. */
export function integers(database: Database, sql: string): number[] {
  return database.read(() => database.prepare(sql).all([], (row) => row.integer(0)));
}

export function integrity(database: Database): string {
  return database.read(
    () => database.prepare('PRAGMA integrity_check').get([], (row) => row.text(0)) ?? 'no answer',
  );
}
