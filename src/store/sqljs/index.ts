/** Opens a store on sql.js: the database with its locks, and the blobs beside it. */
import * as path from 'node:path';
import { FileBlobs } from '../blobs.ts';
import { storeErrorFromSystem } from '../errors.ts';
import type { StoreOptions } from '../index.ts';
import type { Store } from '../port.ts';
import { SPILL_BYTES } from '../spill.ts';
import { BlobUses } from './blob-uses.ts';
import { type OpenInternals, openDatabase } from './open-database.ts';
import { SqljsStore } from './store.ts';
import { loadSqlite } from './wasm.ts';

/** @throws {StoreError} as `openStore` says. */
export async function openSqljsStore(options: StoreOptions, internals: OpenInternals = {}): Promise<Store> {
  const sqlite = await loadSqlite();
  const file = path.resolve(options.path);
  try {
    const { database, token, mutex, retire } = openDatabase(sqlite, { ...options, path: file }, internals);
    try {
      const uses = new BlobUses(database);
      const blobs = new FileBlobs(path.join(path.dirname(file), 'blobs'), token.name, (holder, blob) =>
        uses.claim(holder, blob),
      );
      if (token.deadTokens.length > 0) blobs.sweep(token.deadTokens);
      const blobThresholdBytes = options.blobThresholdBytes ?? SPILL_BYTES;
      return new SqljsStore({ database, token, mutex, blobs, uses, blobThresholdBytes });
    } catch (error) {
      database.close();
      retire();
      throw error;
    }
  } catch (error) {
    throw storeErrorFromSystem(error, file) ?? error;
  }
}
