/** File operations of the VFS: SQLite's page reads and writes on real files, straight from and to wasm memory. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Heap } from '../heap.ts';
import { OPEN, SQLITE } from './codes.ts';
import type { DatabaseFile } from './database-file.ts';
import { WriteBuffer } from './write-buffer.ts';

export interface OpenFile {
  /** `undefined`: a WAL that does not exist, met by a reader that may not create it; reads as empty. */
  fd: number | undefined;
  path: string;
  database: DatabaseFile;
  kind: number;
  /** Just created: its name is durable only after the folder was synced. */
  fresh: boolean;
  deleteOnClose: boolean;
  /** Of a WAL that may be written. */
  buffer?: WriteBuffer;
}

/** Opens as SQLite's flags ask. The second value is what SQLite is told it got. */
export function openFile(database: DatabaseFile, file: string, flags: number): [OpenFile, number] {
  const kind = flags & OPEN.KIND;
  const common = { path: file, database, kind, deleteOnClose: (flags & OPEN.DELETE_ON_CLOSE) !== 0 };
  if (database.readonly || flags & OPEN.READONLY) {
    const granted = (flags & ~(OPEN.READWRITE | OPEN.CREATE)) | OPEN.READONLY;
    return [{ ...common, fd: openForReading(file, kind), fresh: false }, granted];
  }
  const { fd, fresh } = openForWriting(database, file, (flags & OPEN.CREATE) !== 0);
  const opened: OpenFile = { ...common, fd, fresh };
  if (kind === OPEN.WAL) {
    opened.buffer = new WriteBuffer(fd, (offset, data) => {
      database.observer?.({ op: 'write', path: file, offset, data });
      database.countWrite();
      database.walSynced = false;
    });
    database.wal = opened.buffer;
  }
  return [opened, flags];
}

function openForWriting(
  database: DatabaseFile,
  file: string,
  create: boolean,
): { fd: number; fresh: boolean } {
  const { O_RDWR, O_CREAT } = fs.constants;
  try {
    return { fd: fs.openSync(file, O_RDWR), fresh: false };
  } catch (error) {
    if (!create || !isMissing(error)) throw error;
  }
  database.observer?.({ op: 'create', path: file });
  return { fd: fs.openSync(file, O_RDWR | O_CREAT, 0o600), fresh: true };
}

function openForReading(file: string, kind: number): number | undefined {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY);
  } catch (error) {
    if (kind === OPEN.WAL && isMissing(error)) return undefined;
    throw error;
  }
}

export function closeFile(file: OpenFile): void {
  if (file.buffer !== undefined) file.database.wal = undefined;
  if (file.fd !== undefined) fs.closeSync(file.fd);
  if (file.deleteOnClose) fs.rmSync(file.path, { force: true });
}

/** Missing bytes at the end of the file read as zeros, and SQLite is told so. */
export function readInto(heap: Heap, file: OpenFile, at: number, length: number, offset: number): number {
  file.buffer?.flush();
  let got = 0;
  while (got < length && file.fd !== undefined) {
    const n = fs.readSync(file.fd, heap.bytes, at + got, length - got, offset + got);
    if (n === 0) break;
    got += n;
  }
  if (got === length) return SQLITE.OK;
  heap.zero(at + got, length - got);
  return SQLITE.IOERR_SHORT_READ;
}

export function writeFrom(heap: Heap, file: OpenFile, at: number, length: number, offset: number): void {
  const { database } = file;
  const { bytes } = heap;
  if (file.buffer !== undefined) {
    file.buffer.write(bytes, at, length, offset);
    return;
  }
  database.observer?.({ op: 'write', path: file.path, offset, data: bytes.subarray(at, at + length) });
  for (let done = 0; done < length; ) {
    done += fs.writeSync(fdOf(file), bytes, at + done, length - done, offset + done);
  }
}

export function truncateFile(file: OpenFile, size: number): void {
  file.buffer?.flush();
  file.database.observer?.({ op: 'truncate', path: file.path, offset: size });
  if (file.kind === OPEN.WAL) {
    file.database.countWrite();
    file.database.walSynced = false;
  }
  fs.ftruncateSync(fdOf(file), size);
  file.buffer?.forgetSize();
}

/** Content first for an old file; for a new one its name as well. Nothing for a WAL that was not written since. */
export function syncFile(file: OpenFile): void {
  file.buffer?.flush();
  if (file.kind === OPEN.WAL && file.database.walSynced) return;
  if (file.fresh) {
    syncFolderOf(file.path, file.database);
    file.fresh = false;
  }
  file.database.observer?.({ op: 'sync', path: file.path });
  fs.fdatasyncSync(fdOf(file));
  if (file.kind === OPEN.WAL) file.database.walSynced = true;
}

export function sizeOf(file: OpenFile): number {
  file.buffer?.flush();
  return file.fd === undefined ? 0 : fs.fstatSync(file.fd).size;
}

/** A result code, because SQLite tells "was not there" from a failure. */
export function deleteFile(database: DatabaseFile, file: string, syncFolder: boolean): number {
  database.observer?.({ op: 'delete', path: file });
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (isMissing(error)) return SQLITE.IOERR_DELETE_NOENT;
    throw error;
  }
  if (syncFolder) syncFolderOf(file, database);
  return SQLITE.OK;
}

/** As SQLite's own VFS has it: an empty file counts as absent. */
export function existsWithContent(file: string): boolean {
  return (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

export function syncFolderOf(file: string, database?: DatabaseFile): void {
  database?.observer?.({ op: 'sync-folder', path: file });
  const folder = fs.openSync(path.dirname(file), fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

function fdOf(file: OpenFile): number {
  if (file.fd === undefined) throw new Error(`${file.path} was opened for reading only`);
  return file.fd;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
