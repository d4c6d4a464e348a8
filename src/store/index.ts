/** The door to persistence. The backend is chosen and loaded here, so nothing above names one. */
import type { MemoryStore } from './memory-port.ts';
import type { Store } from './port.ts';

export interface StoreOptions {
  /** Path of the database file, such as `.keystone/state.db`. Its folder is created when missing (unless `readonly`). */
  path: string;
  /** `full`: a commit survives a power cut; `normal`: it survives any crash of the process. @default 'full' */
  durability?: 'full' | 'normal';
  /** Outputs of steps with more JSON than this, in bytes, are kept in files beside the database. @default 65,536 */
  blobThresholdBytes?: number;
  /** Never creates or changes anything; a missing store is an error. @default false */
  readonly?: boolean;
}

/**
 * Opens the store at `path`, creating and migrating it as needed.
 * @throws {KeystoneError} with exit code 5: STORE_MISSING, STORE_READONLY, STORE_DISK_FULL, STORE_CORRUPT, STORE_NEWER,
 * STORE_OLDER, STORE_LOCKED, STORE_OTHER_MACHINE, STORE_UNSUPPORTED, STORE_IO.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { openSqljsStore } = await import('./sqljs/index.ts');
  return openSqljsStore(options);
}

export interface MemoryOptions {
  /** Path of the database file. Its folder is created when missing. */
  path: string;
  /** As in `StoreOptions`. @default 'full' */
  durability?: 'full' | 'normal';
}

/** Opens a memory: a database of its own, of the project or of the user. @throws {KeystoneError} as `openStore` says. */
export async function openMemory(options: MemoryOptions): Promise<MemoryStore> {
  const { openSqljsMemory } = await import('./memory/index.ts');
  return openSqljsMemory(options);
}

/** What is wrong with the database file, a line each; none when it is sound. @throws {KeystoneError} as `openStore`. */
export async function checkStore(path: string): Promise<string[]> {
  const { checkSqljsStore } = await import('./sqljs/check-store.ts');
  return checkSqljsStore(path);
}

/** Starts loading the backend in the background, so that a later `openStore` finds it warm. Never fails. */
export function preloadStore(): void {
  void import('./sqljs/wasm.ts').then(({ loadSqlite }) => loadSqlite()).catch(() => {});
}
