/** Opens one database file: lock folder, token and mutex, then the file itself and its migrations. */
import * as fs from 'node:fs';
import { StoreError } from '../errors.ts';
import { Database } from './database.ts';
import { checkHeader, createIfMissing } from './database-header.ts';
import { type Migration, migrate } from './migrations/index.ts';
import { FileMutex } from './mutex.ts';
import { Token } from './token.ts';
import type { VfsObserver } from './vfs/database-file.ts';
import type { Sqlite } from './wasm.ts';

const LOCK_TIMEOUT_MS = 20_000;

export interface OpenOptions {
  /** Absolute. */
  path: string;
  /** @default 'full' */
  durability?: 'full' | 'normal';
  /** @default false */
  readonly?: boolean;
  /** @default those of the store of runs */
  migrations?: readonly Migration[];
}

/** For tests of the backend itself. */
export interface OpenInternals {
  observer?: VfsObserver;
  lockTimeoutMs?: number;
}

export interface OpenDatabase {
  database: Database;
  token: Token;
  mutex: FileMutex;
  /** After the database is closed: gives up the locks. */
  retire(): void;
}

/** @throws {StoreError} as `openStore` says; and what the file system throws. */
export function openDatabase(
  sqlite: Sqlite,
  options: OpenOptions,
  internals: OpenInternals = {},
): OpenDatabase {
  const { path, readonly = false, durability = 'full', migrations } = options;
  if (readonly && !fs.existsSync(path)) {
    throw new StoreError('STORE_MISSING', `there is no store at ${path}`, {
      hint: 'the first `keystone run` makes it',
    });
  }
  const lockFolder = `${path}.locks`;
  fs.mkdirSync(lockFolder, { recursive: true, mode: 0o700 });
  const token = new Token(lockFolder);
  const timeoutMs = internals.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  let mutex: FileMutex | undefined;
  let database: Database | undefined;
  try {
    const held = new FileMutex(token, timeoutMs);
    mutex = held;
    database = new Database(sqlite, {
      path,
      readonly,
      mutex,
      timeoutMs,
      durability,
      observer: internals.observer,
      beforeOpen: () => {
        if (!readonly) createIfMissing(path);
        checkHeader(path);
      },
    });
    migrate(database, { readonly, ...(migrations && { migrations }) });
    return {
      database,
      token,
      mutex,
      retire: () => {
        held.close();
        token.retire();
      },
    };
  } catch (error) {
    database?.close();
    mutex?.close();
    token.retire();
    throw error;
  }
}
