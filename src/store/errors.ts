/** Troubles of the store as the user sees them: one code, one sentence, and what to do next. Exit code 5. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';

export type StoreErrorCode =
  | 'STORE_MISSING'
  | 'STORE_READONLY'
  | 'STORE_DISK_FULL'
  | 'STORE_CORRUPT'
  | 'STORE_NEWER'
  | 'STORE_OLDER'
  | 'STORE_LOCKED'
  | 'STORE_OTHER_MACHINE'
  | 'STORE_UNSUPPORTED'
  | 'STORE_ENGINE'
  | 'STORE_IO'
  | 'STORE_CLOSED'
  | 'STORE_UNKNOWN_RUN'
  | 'STORE_RUN_EXISTS'
  | 'STORE_RUN_TAKEN';

export class StoreError extends KeystoneError {
  constructor(code: StoreErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(code, message, { exitCode: EXIT.store, ...options });
    this.name = 'StoreError';
  }
}

/** Maps an error of the operating system met while touching `path`; `undefined` when it is none. */
export function storeErrorFromSystem(error: unknown, path: string): StoreError | undefined {
  const code = systemCode(error);
  if (code === undefined) return undefined;
  const options = { cause: error };
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StoreError('STORE_READONLY', `the store ${path} cannot be written (${code})`, {
        ...options,
        hint: 'make its folder writable for you, or choose another one with storage.path',
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError('STORE_DISK_FULL', `no space left on the disk of the store ${path} (${code})`, {
        ...options,
        hint: 'free some space, then `keystone resume`; nothing that was committed is lost',
      });
    case 'EFBIG':
      return new StoreError('STORE_DISK_FULL', `the store ${path} may not grow as it must (${code})`, {
        ...options,
        hint: 'raise the limit on the size of files (ulimit -f), then `keystone resume`',
      });
    case 'ENOENT':
      return storeRemoved(path, error);
    default:
      return new StoreError('STORE_IO', `the disk answered ${code} for the store ${path}`, {
        ...options,
        hint: 'check the disk, then `keystone resume`; every commit that was confirmed is on it',
      });
  }
}

/** Somebody deleted the store, or put another in its place, under a keystone that uses it. */
export function storeRemoved(path: string, cause?: unknown): StoreError {
  return new StoreError('STORE_MISSING', `the store ${path} was removed while keystone was using it`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'put it back as it was, then `keystone resume`; without it, this run cannot go on',
  });
}

/** `ENOSPC`, `EACCES` … of a Node system error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) && 'syscall' in error
    ? error.code
    : undefined;
}
