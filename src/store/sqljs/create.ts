/** A new database file: one empty page that is already in WAL mode, so that SQLite need not convert it (four syncs less). */
import * as fs from 'node:fs';
import { corruptStore } from './sql-error.ts';
import { syncFolderOf } from './vfs/files.ts';
import { walPath } from './vfs/vfs.ts';

const PAGE_BYTES = 4096;
const WAL_FORMAT = 2;

/**
 * Makes the database unless it is there. To be called while holding the mutex.
 * @throws {StoreError} STORE_CORRUPT when the file is empty but its WAL is not: SQLite would delete the WAL.
 */
export function createIfMissing(path: string): void {
  if ((fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const wal = walPath(path);
  if ((fs.statSync(wal, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw corruptStore(path, `the file is missing or empty, yet ${wal} has content`);
  }
  fs.closeSync(fs.openSync(wal, 'a', 0o600));
  const file = fs.openSync(path, 'w', 0o600);
  try {
    fs.writeSync(file, emptyPage(), 0, PAGE_BYTES, 0);
    fs.fdatasyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  syncFolderOf(path);
}

/** Page 1 of an empty database as SQLite's file format describes it: the header, and a leaf without cells. */
function emptyPage(): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  page.write('SQLite format 3\0', 'latin1');
  page.writeUInt16BE(PAGE_BYTES, 16);
  page[18] = WAL_FORMAT; // version needed to write
  page[19] = WAL_FORMAT; // version needed to read
  page[21] = 64; // the three payload fractions are fixed by the format
  page[22] = 32;
  page[23] = 32;
  page.writeUInt32BE(1, 24); // change counter
  page.writeUInt32BE(1, 28); // size in pages
  page.writeUInt32BE(4, 44); // schema format
  page.writeUInt32BE(1, 56); // UTF-8
  page.writeUInt32BE(1, 92); // the change counter the size is valid for
  page.writeUInt32BE(3_046_000, 96); // the SQLite version that wrote it
  page[100] = 0x0d; // table leaf
  page.writeUInt16BE(PAGE_BYTES, 105); // where cell content begins
  return page;
}
