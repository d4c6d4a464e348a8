/** The first bytes of a database file: written when a store is made, looked at when one is opened, before SQLite sees it. */
import * as fs from 'node:fs';
import { StoreError } from '../errors.ts';
import { corruptStore } from './sql-error.ts';
import { syncFolderOf } from './vfs/files.ts';
import { walPath } from './vfs/vfs.ts';

const PAGE_BYTES = 4096;
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const WAL_FORMAT = 2;
/** "KSTN": tells our databases from those of other programs. */
const APPLICATION_ID = 0x4b53544e;
/** Byte offsets, as SQLite's file format has them. */
const AT = { writeVersion: 18, readVersion: 19, applicationId: 68 } as const;

/**
 * Makes the database unless it is there: one empty page that is already in WAL mode, so that SQLite need not convert it
 * (four syncs less). To be called while holding the mutex.
 * @throws {StoreError} STORE_CORRUPT when the file is empty but its WAL is not: SQLite would delete the WAL.
 */
export function createIfMissing(path: string): void {
  if (sizeOf(path) > 0) return;
  const wal = walPath(path);
  if (sizeOf(wal) > 0) throw corruptStore(path, `the file is missing or empty, yet ${wal} has content`);
  fs.closeSync(fs.openSync(wal, 'a', 0o600));
  const draft = `${path}.new`;
  const file = fs.openSync(draft, 'w', 0o600);
  try {
    fs.writeSync(file, emptyPage(), 0, PAGE_BYTES, 0);
    fs.fdatasyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(draft, path);
  syncFolderOf(path);
}

/** @throws {StoreError} STORE_CORRUPT (no database), STORE_UNSUPPORTED (another program's, or not in WAL mode). */
export function checkHeader(path: string): void {
  const header = readHeader(path);
  if (header === undefined || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw corruptStore(path, 'it does not begin like a database');
  }
  if (header.readUInt32BE(AT.applicationId) !== APPLICATION_ID) {
    throw new StoreError('STORE_UNSUPPORTED', `${path} is a database of another program`, {
      hint: 'choose another file with storage.path',
    });
  }
  // A crash amid a checkpoint can tear the last page, but then the WAL still has all of it.
  if (sizeOf(path) % PAGE_BYTES !== 0 && sizeOf(walPath(path)) === 0) {
    throw corruptStore(path, 'its end is cut off');
  }
  if (header[AT.writeVersion] !== WAL_FORMAT || header[AT.readVersion] !== WAL_FORMAT) {
    throw new StoreError(
      'STORE_UNSUPPORTED',
      `the store ${path} was taken out of WAL mode by another program`,
      {
        hint: `bring it back: sqlite3 ${path} 'pragma journal_mode=wal'`,
      },
    );
  }
}

function readHeader(path: string): Buffer | undefined {
  const file = fs.openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return fs.readSync(file, header, 0, HEADER_BYTES, 0) === HEADER_BYTES ? header : undefined;
  } finally {
    fs.closeSync(file);
  }
}

/** Page 1 of an empty database: the header, and a leaf without cells. */
function emptyPage(): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  page.write(MAGIC, 'latin1');
  page.writeUInt16BE(PAGE_BYTES, 16);
  page[AT.writeVersion] = WAL_FORMAT;
  page[AT.readVersion] = WAL_FORMAT;
  page[21] = 64; // the three payload fractions are fixed by the format
  page[22] = 32;
  page[23] = 32;
  page.writeUInt32BE(1, 24); // change counter
  page.writeUInt32BE(1, 28); // size in pages
  page.writeUInt32BE(4, 44); // schema format
  page.writeUInt32BE(1, 56); // UTF-8
  page.writeUInt32BE(APPLICATION_ID, AT.applicationId);
  page.writeUInt32BE(1, 92); // the change counter the size is valid for
  page.writeUInt32BE(3_046_000, 96); // the SQLite version that wrote it
  page[100] = 0x0d; // table leaf
  page.writeUInt16BE(PAGE_BYTES, 105); // where cell content begins
  return page;
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
