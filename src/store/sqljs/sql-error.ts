/** SQLite's result codes as errors: raw inside the backend, mapped once to the store's errors at its border. */
import { StoreError, storeErrorFromSystem } from '../errors.ts';

export class SqlError extends Error {
  constructor(
    readonly result: number,
    message: string,
    readonly sql: string,
  ) {
    super(message);
    this.name = 'SqlError';
  }
}

const RESULT = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const;

/** After these the connection's view of the file cannot be trusted. */
export function breaksConnection(error: unknown): boolean {
  if (!(error instanceof SqlError)) return false;
  const broken: readonly number[] = [
    RESULT.IOERR,
    RESULT.FULL,
    RESULT.CORRUPT,
    RESULT.CANTOPEN,
    RESULT.NOTADB,
    RESULT.NOMEM,
  ];
  return broken.includes(error.result & 0xff);
}

/** What the user is told. Errors that are no SQLite or system errors pass through: they are bugs, or already clear. */
export function toStoreError(error: unknown, path: string, systemError: unknown): unknown {
  if (!(error instanceof SqlError)) return storeErrorFromSystem(error, path) ?? error;
  const cause = { cause: systemError ?? error };
  switch (error.result & 0xff) {
    case RESULT.BUSY:
    case RESULT.LOCKED:
      return new StoreError('STORE_LOCKED', `the store ${path} is locked by another program`, {
        ...cause,
        hint: 'close programs that write to it, such as a sqlite3 shell',
      });
    case RESULT.READONLY:
      return new StoreError('STORE_READONLY', `the store ${path} was opened for reading only`, {
        ...cause,
        hint: 'make the file and its folder writable for you',
      });
    case RESULT.FULL:
      return (
        storeErrorFromSystem(systemError, path) ??
        new StoreError('STORE_DISK_FULL', `the store ${path} cannot grow`, {
          ...cause,
          hint: 'free some space, then `keystone resume`',
        })
      );
    case RESULT.IOERR:
    case RESULT.CANTOPEN:
      return (
        storeErrorFromSystem(systemError, path) ??
        new StoreError('STORE_IO', `the store ${path} cannot be read or written: ${error.message}`, {
          ...cause,
          hint: 'check the disk, then `keystone resume`; every commit that was confirmed is on it',
        })
      );
    case RESULT.CORRUPT:
    case RESULT.NOTADB:
      return corruptStore(path, error.message, cause.cause);
    default:
      return error;
  }
}

export function corruptStore(path: string, what: string, cause?: unknown): StoreError {
  return new StoreError('STORE_CORRUPT', `the store ${path} is damaged: ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'restore it from a backup, or move it aside and save what is readable, as docs/storage.md shows',
  });
}
