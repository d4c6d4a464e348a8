/** Opens a memory: a database of its own, in the project or for all projects of a user. */
import * as path from 'node:path';
import { storeErrorFromSystem } from '../errors.ts';
import type { MemoryOptions } from '../index.ts';
import type { MemoryStore } from '../memory-port.ts';
import { openDatabase } from '../sqljs/open-database.ts';
import { loadSqlite } from '../sqljs/wasm.ts';
import { SqljsMemoryStore } from './memory-store.ts';
import { MEMORY_MIGRATIONS } from './schema.ts';

/** @throws {KeystoneError} as `openStore` says. */
export async function openSqljsMemory(options: MemoryOptions): Promise<MemoryStore> {
  const sqlite = await loadSqlite();
  const file = path.resolve(options.path);
  try {
    return new SqljsMemoryStore(
      openDatabase(sqlite, { ...options, path: file, migrations: MEMORY_MIGRATIONS }),
    );
  } catch (error) {
    throw storeErrorFromSystem(error, file) ?? error;
  }
}
