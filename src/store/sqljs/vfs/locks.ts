/**
 * SQLite's locks on top of one mutex per database: while any of them is held, this process holds the mutex. The wal-index
 * is therefore private memory, and a lock that is granted never has to be shared.
 */
import type { Heap } from '../heap.ts';
import { LOCK, SHM_LOCK, SQLITE } from './codes.ts';
import type { DatabaseFile } from './database-file.ts';

/** In WAL mode only SHARED is granted: EXCLUSIVE would let a closing connection delete the WAL. */
export function lockFile(database: DatabaseFile, level: number): number {
  if (database.walIndex !== undefined) return level > LOCK.SHARED ? SQLITE.BUSY : SQLITE.OK;
  return database.hold('file') ? SQLITE.OK : SQLITE.BUSY;
}

export function unlockFile(database: DatabaseFile, level: number): number {
  if (level === LOCK.NONE) {
    database.observer?.({ op: 'unlock', path: database.path });
    database.drop('file');
  }
  return SQLITE.OK;
}

/** Maps a page of the wal-index: private memory, made when asked for. */
export function mapWalIndex(
  heap: Heap,
  database: DatabaseFile,
  page: number,
  bytes: number,
  extend: boolean,
  out: number,
): number {
  database.walIndex ??= [];
  const pages = database.walIndex;
  if (!pages[page] && (extend || page === 0)) {
    const memory = heap.allocate(bytes);
    heap.zero(memory, bytes);
    pages[page] = memory;
  }
  heap.writePointer(out, pages[page] ?? 0);
  return SQLITE.OK;
}

export function lockWalIndex(database: DatabaseFile, first: number, count: number, flags: number): number {
  const locks = ((1 << count) - 1) << first;
  if (flags & SHM_LOCK) {
    if (!database.hold('wal-index')) return SQLITE.BUSY;
    database.drop('file');
    database.walIndexLocks |= locks;
    return SQLITE.OK;
  }
  database.observer?.({ op: 'unlock', path: database.path });
  database.walIndexLocks &= ~locks;
  if (database.walIndexLocks === 0) database.drop('wal-index');
  return SQLITE.OK;
}

export function unmapWalIndex(database: DatabaseFile): number {
  database.releaseWalIndex();
  database.drop('wal-index');
  return SQLITE.OK;
}
