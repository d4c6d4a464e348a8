/** One connection to one database file: opened in WAL mode, statements cached, transactions under the mutex. */
import { statSync } from 'node:fs';
import { StoreError, storeRemoved, systemCode } from '../errors.ts';
import { breaksConnection, SqlError, toStoreError } from './sql-error.ts';
import { BindMemory, Statement } from './statement.ts';
import type { DatabaseFile, DatabaseFileOptions } from './vfs/database-file.ts';
import type { Sqlite } from './wasm.ts';

export interface DatabaseOptions extends DatabaseFileOptions {
  durability: 'full' | 'normal';
  /** Waited this long for other processes before STORE_LOCKED is thrown. Only for its message. */
  timeoutMs: number;
  /** Called under the mutex before the file is opened. */
  beforeOpen: () => void;
  /** Only for tests. */
  checkpointPages?: CheckpointPages | undefined;
}

/**
 * The size of the WAL, in pages of 4 KB, at which a commit makes a checkpoint. A process that others wrote beside keeps it
 * near 1 MB, because whoever writes next after another process reads all of it; one that is alone saves the syncs.
 */
export interface CheckpointPages {
  alone: number;
  shared: number;
}
const CHECKPOINT_PAGES: CheckpointPages = { alone: 1000, shared: 250 };
/** After so many transactions without a write of others, a process takes itself to be alone. */
const ALONE_AFTER = 1000;
const CACHE_KIB = 8192;

export class Database {
  #handle = 0;
  #name = '';
  #file!: DatabaseFile;
  /** Inode of the database file when it was opened. */
  #inode: number | undefined;
  readonly #memory: BindMemory;
  readonly #statements = new Map<string, Statement>();
  #depth = 0;
  #foreignWritesBefore = 0;
  /** Of the file, when a transaction last looked; and how many there were since it changed. */
  #foreignWritesSeen = 0;
  #transactionsAlone = 0;
  #checkpointPages = 0;
  #broken = false;
  #closed = false;

  /** @throws {StoreError} */
  constructor(
    private readonly sqlite: Sqlite,
    private readonly options: DatabaseOptions,
  ) {
    this.#memory = new BindMemory(sqlite);
    try {
      this.#open();
    } catch (error) {
      this.#memory.free();
      throw error;
    }
  }

  get path(): string {
    return this.options.path;
  }

  /** Grows each time it shows that another process wrote, or may have. */
  get foreignWrites(): number {
    return this.#foreignWritesBefore + this.#file.foreignWrites;
  }

  /** The cached statement of this text. Valid only inside `write` and `read`. */
  prepare(sql: string): Statement {
    const cached = this.#statements.get(sql);
    if (cached !== undefined) return cached;
    const { api, heap } = this.sqlite;
    const text = heap.allocateText(sql);
    const out = heap.allocate(4);
    try {
      const result = api.sqlite3_prepare_v2(this.#handle, text, -1, out, 0);
      if (result !== 0) throw new SqlError(result, heap.readText(api.sqlite3_errmsg(this.#handle)), sql);
      const statement = new Statement(this.sqlite, this.#handle, heap.readPointer(out), this.#memory, sql);
      this.#statements.set(sql, statement);
      return statement;
    } finally {
      heap.release(text);
      heap.release(out);
    }
  }

  /** One transaction: all of it or nothing. Synchronous: there must be no await inside. @throws {StoreError} */
  write<T>(work: () => T): T {
    if (this.options.readonly) {
      throw new StoreError('STORE_READONLY', `the store ${this.path} was opened for reading only`, {
        hint: 'this is a bug in keystone',
      });
    }
    return this.#locked(() => {
      this.#adaptCheckpoints();
      this.prepare('BEGIN IMMEDIATE').run();
      try {
        const result = work();
        this.prepare('COMMIT').run();
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  /**
   * The same, but it returns before the disk has it: a power cut may undo it, as long as nothing was written after it. For
   * what nobody needs after a power cut. @throws {StoreError}
   */
  writeUnsynced<T>(work: () => T): T {
    if (this.options.readonly || this.options.durability === 'normal') return this.write(work);
    return this.#locked(() => {
      this.execute('PRAGMA synchronous=NORMAL');
      try {
        return this.write(work);
      } finally {
        this.execute('PRAGMA synchronous=FULL');
      }
    });
  }

  /** Reads that must see one state: nobody writes meanwhile. @throws {StoreError} */
  read<T>(work: () => T): T {
    return this.#locked(work);
  }

  /** Several statements without parameters. */
  execute(sql: string): void {
    const { api, heap } = this.sqlite;
    const text = heap.allocateText(sql);
    try {
      const result = api.sqlite3_exec(this.#handle, text, 0, 0, 0);
      if (result !== 0) throw new SqlError(result, heap.readText(api.sqlite3_errmsg(this.#handle)), sql);
    } finally {
      heap.release(text);
    }
  }

  /** Moves everything from the WAL into the database file; `truncate` empties the WAL as well. @throws {StoreError} */
  checkpoint(mode: 'passive' | 'truncate'): void {
    this.#locked(() => {
      const busy = this.prepare(`PRAGMA wal_checkpoint(${mode})`).get([], (row) => row.integer(0));
      if (busy !== 0) throw new SqlError(5, 'the checkpoint was blocked', 'PRAGMA wal_checkpoint');
    });
  }

  /** True when another process wrote since our last transaction, or may have. Takes no lock. */
  changedElsewhere(): boolean {
    return this.#closed || this.#broken || this.#file.changedElsewhere();
  }

  close(): void {
    if (this.#closed) return;
    try {
      if (!this.options.readonly && !this.#broken) this.checkpoint('truncate');
    } finally {
      this.#closed = true;
      this.#shut();
      this.#memory.free();
    }
  }

  #open(): void {
    const { api, heap, vfs } = this.sqlite;
    const { name, file } = vfs.register(this.options);
    this.#name = name;
    this.#file = file;
    const out = heap.allocate(4);
    const text = heap.allocateText(name);
    try {
      this.#underMutex(() => {
        this.options.beforeOpen();
        this.#inode = inodeOf(this.path);
        const result = api.sqlite3_open(text, out);
        this.#handle = heap.readPointer(out);
        if (result !== 0) throw new SqlError(result, heap.readText(api.sqlite3_errmsg(this.#handle)), 'open');
        this.#configure();
      });
    } catch (error) {
      this.#shut();
      throw toStoreError(error, this.path, file.lastError);
    } finally {
      heap.release(text);
      heap.release(out);
    }
  }

  #configure(): void {
    const synchronous = this.options.durability === 'full' ? 'FULL' : 'NORMAL';
    this.execute(
      `PRAGMA synchronous=${synchronous};PRAGMA cache_size=-${CACHE_KIB};PRAGMA temp_store=MEMORY`,
    );
    this.#foreignWritesSeen = this.#file.foreignWrites;
    this.#transactionsAlone = ALONE_AFTER;
    this.#checkpointPages = 0;
    this.#adaptCheckpoints();
    const mode = this.prepare('PRAGMA journal_mode').get([], (row) => row.text(0));
    if (mode !== 'wal') throw new Error(`${this.path} is in journal mode ${mode} though its header says wal`);
  }

  #adaptCheckpoints(): void {
    if (this.#foreignWritesSeen === this.#file.foreignWrites) this.#transactionsAlone += 1;
    else {
      this.#foreignWritesSeen = this.#file.foreignWrites;
      this.#transactionsAlone = 0;
    }
    const { alone, shared } = this.options.checkpointPages ?? CHECKPOINT_PAGES;
    const pages = this.#transactionsAlone < ALONE_AFTER ? shared : alone;
    if (pages === this.#checkpointPages) return;
    this.execute(`PRAGMA wal_autocheckpoint=${pages}`);
    this.#checkpointPages = pages;
  }

  #locked<T>(work: () => T): T {
    if (this.#closed) {
      throw new StoreError('STORE_CLOSED', `the store ${this.path} is closed`, {
        hint: 'this is a bug in keystone',
      });
    }
    if (this.#depth > 0) return work();
    if (this.#broken) this.#reopen();
    this.#file.lastError = undefined;
    try {
      return this.#underMutex(work);
    } catch (error) {
      if (breaksConnection(error) || systemCode(error) !== undefined) this.#broken = true;
      throw toStoreError(error, this.path, this.#file.lastError);
    }
  }

  #underMutex<T>(work: () => T): T {
    if (!this.#file.hold('transaction')) throw this.#lockedTooLong();
    this.#depth += 1;
    try {
      // Writing on into a file without a name would look like success.
      if (this.#inode !== undefined && inodeOf(this.path) !== this.#inode) throw storeRemoved(this.path);
      const result = work();
      this.#file.wal?.flush();
      return result;
    } finally {
      this.#depth -= 1;
      this.#file.drop('transaction');
    }
  }

  #lockedTooLong(): StoreError {
    const holder = this.options.mutex.holder() ?? 'unknown';
    const seconds = Math.round(this.options.timeoutMs / 1000);
    return new StoreError(
      'STORE_LOCKED',
      `the store ${this.path} stayed locked for ${seconds} s by ${holder}`,
      {
        hint: 'a keystone process holds it without going on: is it stopped (Ctrl-Z) or its disk stuck?',
      },
    );
  }

  /** SQLite may have rolled back by itself already. */
  #rollBack(): void {
    try {
      this.prepare('ROLLBACK').run();
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
    }
  }

  /** After an I/O error the cache and wal-index in memory may not match the file: begin anew from the file. */
  #reopen(): void {
    this.#foreignWritesBefore = this.foreignWrites;
    this.#shut();
    this.#open();
    this.#broken = false;
  }

  #shut(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    if (this.#handle !== 0) this.sqlite.api.sqlite3_close_v2(this.#handle);
    this.#handle = 0;
    this.#file.abandon();
    this.sqlite.vfs.unregister(this.#name);
  }
}

const inodeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;
