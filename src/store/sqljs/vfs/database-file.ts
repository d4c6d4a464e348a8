/** One database as its processes share it: who may touch it now, whether somebody else wrote, and the private wal-index. */
import type { Heap } from '../heap.ts';
import type { FileMutex } from '../mutex.ts';
import { WAL_INDEX_HEADER_BYTES } from './codes.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** Something done to the files. Tests record these, or throw from the observer to make the operation fail. */
export interface VfsEvent {
  op: 'write' | 'truncate' | 'sync' | 'delete' | 'create' | 'sync-folder' | 'unlock';
  path: string;
  /** Of a write: where; of a truncate: the new size. */
  offset?: number;
  /** Of a write. A copy is needed to keep it. */
  data?: Uint8Array;
}
export type VfsObserver = (event: VfsEvent) => void;

export interface DatabaseFileOptions {
  path: string;
  readonly: boolean;
  mutex: FileMutex;
  observer?: VfsObserver | undefined;
}

/** Who of this process holds the mutex: a transaction of ours, SQLite's file lock, or SQLite's wal-index locks. */
export type Holder = 'transaction' | 'file' | 'wal-index';

export class DatabaseFile {
  readonly path: string;
  readonly readonly: boolean;
  readonly observer: VfsObserver | undefined;
  /** Grows each time it shows that another process wrote. */
  foreignWrites = 0;
  /** Bits of the wal-index locks SQLite holds. */
  walIndexLocks = 0;
  /** Pages of the wal-index in wasm memory; `undefined` while SQLite has it not mapped. */
  walIndex: number[] | undefined;
  /** Writes to the WAL that have not reached the file yet. To be flushed before the mutex is given up. */
  wal: WriteBuffer | undefined;
  /** All of the WAL is on the disk: this process synced it, and nobody wrote since. A checkpoint then need not sync it again. */
  walSynced = false;
  /** The operating system's error behind SQLite's last result code. */
  lastError: unknown;

  readonly #mutex: FileMutex;
  readonly #heap: Heap;
  readonly #holders = new Set<Holder>();
  /** The shared write counter as of our last look while holding the mutex. */
  #seen = -1;
  #counted = false;

  constructor(heap: Heap, options: DatabaseFileOptions) {
    this.#heap = heap;
    this.#mutex = options.mutex;
    this.path = options.path;
    this.readonly = options.readonly;
    this.observer = options.observer;
  }

  /** Waits for the mutex unless this process has it. False when the wait took too long. */
  hold(holder: Holder): boolean {
    if (this.#holders.size === 0) {
      if (!this.#mutex.acquire()) return false;
      this.#counted = false;
      const count = this.#mutex.writeCount();
      if (count !== this.#seen) {
        this.#seen = count;
        this.foreignWrites += 1;
        this.walSynced = false;
        this.wal?.forgetSize();
        this.#forgetWalIndex();
      }
    }
    this.#holders.add(holder);
    return true;
  }

  drop(holder: Holder): void {
    if (!this.#holders.delete(holder) || this.#holders.size > 0) return;
    this.wal?.discard(); // of a transaction that failed; written later it would overwrite what others wrote
    this.#mutex.release();
  }

  /** True when another process wrote since we last held the mutex. One 8-byte read, no lock. */
  changedElsewhere(): boolean {
    return this.#mutex.writeCount() !== this.#seen;
  }

  /** Before the first WAL write while holding the mutex: whoever holds the mutex next must not trust its wal-index. */
  countWrite(): void {
    if (this.#counted) return;
    this.#seen += 1;
    this.#mutex.setWriteCount(this.#seen);
    this.#counted = true;
  }

  /** Gives up everything, after the connection was closed in whatever state it was. */
  abandon(): void {
    this.releaseWalIndex();
    for (const holder of [...this.#holders]) this.drop(holder);
  }

  releaseWalIndex(): void {
    for (const page of this.walIndex ?? []) if (page) this.#heap.release(page);
    this.walIndex = undefined;
  }

  #forgetWalIndex(): void {
    const first = this.walIndex?.[0];
    if (first) this.#heap.zero(first, WAL_INDEX_HEADER_BYTES);
  }
}
