/** Opens a store on sql.js: lock folder, token and mutex, then the database and its migrations. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileBlobs } from '../blobs.ts';
import { StoreError, storeErrorFromSystem } from '../errors.ts';
import type { StoreOptions } from '../index.ts';
import type { Store } from '../port.ts';
import { SPILL_BYTES } from '../spill.ts';
import { Database } from './database.ts';
import { checkHeader, createIfMissing } from './database-header.ts';
import { migrate } from './migrations/index.ts';
import { FileMutex } from './mutex.ts';
import { SqljsStore } from './store.ts';
import { Token } from './token.ts';
import type { VfsObserver } from './vfs/database-file.ts';
import { loadSqlite, type Sqlite } from './wasm.ts';

const LOCK_TIMEOUT_MS = 20_000;

/** For tests of the backend itself. */
export interface SqljsInternals {
  observer?: VfsObserver;
  lockTimeoutMs?: number;
}

/** @throws {StoreError} as `openStore` says. */
export async function openSqljsStore(options: StoreOptions, internals: SqljsInternals = {}): Promise<Store> {
  const sqlite = await loadSqlite();
  const file = path.resolve(options.path);
  try {
    return open(sqlite, file, options, internals);
  } catch (error) {
    throw storeErrorFromSystem(error, file) ?? error;
  }
}

function open(sqlite: Sqlite, file: string, options: StoreOptions, internals: SqljsInternals): Store {
  const readonly = options.readonly ?? false;
  if (readonly && !fs.existsSync(file)) {
    throw new StoreError('STORE_MISSING', `there is no store at ${file}`, {
      hint: 'the first `keystone run` makes it',
    });
  }
  const lockFolder = `${file}.locks`;
  fs.mkdirSync(lockFolder, { recursive: true, mode: 0o700 });
  const token = new Token(lockFolder);
  const timeoutMs = internals.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  let mutex: FileMutex | undefined;
  let database: Database | undefined;
  try {
    mutex = new FileMutex(token, timeoutMs);
    database = new Database(sqlite, {
      path: file,
      readonly,
      mutex,
      timeoutMs,
      durability: options.durability ?? 'full',
      observer: internals.observer,
      beforeOpen: () => {
        if (!readonly) createIfMissing(file);
        checkHeader(file);
      },
    });
    migrate(database, { readonly });
    const blobs = new FileBlobs(path.join(path.dirname(file), 'blobs'), token.name);
    if (token.deadTokens.length > 0) blobs.sweep(token.deadTokens);
    const blobThresholdBytes = options.blobThresholdBytes ?? SPILL_BYTES;
    return new SqljsStore({ database, token, mutex, blobs, blobThresholdBytes });
  } catch (error) {
    database?.close();
    mutex?.close();
    token.retire();
    throw error;
  }
}
