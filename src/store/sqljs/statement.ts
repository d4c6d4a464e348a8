/** A prepared statement over the raw C functions: binds, steps and always resets, with as few wasm calls as there can be. */
import { SqlError } from './sql-error.ts';
import type { Sqlite } from './wasm.ts';

export type SqlValue = string | number | null | undefined;

const ROW = 100;
const DONE = 101;
const NULL_TYPE = 5;
/** The text stays in our memory until the statement is reset. */
const STATIC = 0;
const SCRATCH_BYTES = 256 * 1024;

/** Memory for bound texts, used as a stack: a statement takes what it binds and gives it back on reset. */
export class BindMemory {
  readonly #start: number;
  #top: number;
  readonly #end: number;

  constructor(private readonly sqlite: Sqlite) {
    this.#start = sqlite.heap.allocate(SCRATCH_BYTES);
    this.#top = this.#start;
    this.#end = this.#start + SCRATCH_BYTES;
  }

  get mark(): number {
    return this.#top;
  }

  releaseTo(mark: number, large: readonly number[]): void {
    this.#top = mark;
    for (const pointer of large) this.sqlite.heap.release(pointer);
  }

  /** Copies a text in. A text that does not fit gets its own block, added to `large`. */
  store(text: string, large: number[]): { at: number; bytes: number } {
    const { heap } = this.sqlite;
    const most = text.length * 3;
    if (most <= this.#end - this.#top) {
      const at = this.#top;
      const bytes = heap.bytes.write(text, at, 'utf8');
      this.#top += bytes;
      return { at, bytes };
    }
    const bytes = Buffer.byteLength(text);
    const at = heap.allocate(bytes + 1);
    large.push(at);
    heap.bytes.write(text, at, 'utf8');
    return { at, bytes };
  }

  free(): void {
    this.sqlite.heap.release(this.#start);
  }
}

/** Columns of the current row, by position. */
export interface RowReader {
  text(column: number): string;
  integer(column: number): number;
  textOrUndefined(column: number): string | undefined;
  integerOrUndefined(column: number): number | undefined;
}

export class Statement implements RowReader {
  #large: number[] = [];

  constructor(
    private readonly sqlite: Sqlite,
    private readonly db: number,
    private readonly handle: number,
    private readonly memory: BindMemory,
    readonly sql: string,
  ) {}

  /** Runs to the end. */
  run(...values: readonly SqlValue[]): void {
    const mark = this.memory.mark;
    try {
      this.#bind(values);
      while (this.#step()) {}
    } finally {
      this.#reset(mark);
    }
  }

  get<T>(values: readonly SqlValue[], read: (row: RowReader) => T): T | undefined {
    const mark = this.memory.mark;
    try {
      this.#bind(values);
      return this.#step() ? read(this) : undefined;
    } finally {
      this.#reset(mark);
    }
  }

  all<T>(values: readonly SqlValue[], read: (row: RowReader) => T): T[] {
    const rows: T[] = [];
    const mark = this.memory.mark;
    try {
      this.#bind(values);
      while (this.#step()) rows.push(read(this));
      return rows;
    } finally {
      this.#reset(mark);
    }
  }

  text(column: number): string {
    return this.textOrUndefined(column) ?? '';
  }

  integer(column: number): number {
    return this.sqlite.api.sqlite3_column_double(this.handle, column);
  }

  textOrUndefined(column: number): string | undefined {
    const { api, heap } = this.sqlite;
    const at = api.sqlite3_column_text(this.handle, column);
    if (at === 0) return undefined;
    return heap.bytes.toString('utf8', at, at + api.sqlite3_column_bytes(this.handle, column));
  }

  integerOrUndefined(column: number): number | undefined {
    const { api } = this.sqlite;
    if (api.sqlite3_column_type(this.handle, column) === NULL_TYPE) return undefined;
    return api.sqlite3_column_double(this.handle, column);
  }

  finalize(): void {
    this.sqlite.api.sqlite3_finalize(this.handle);
  }

  #bind(values: readonly SqlValue[]): void {
    const { api } = this.sqlite;
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i];
      let result: number;
      if (typeof value === 'string') {
        const { at, bytes } = this.memory.store(value, this.#large);
        result = api.sqlite3_bind_text(this.handle, i + 1, at, bytes, STATIC);
      } else if (typeof value === 'number') {
        // Beyond 32 bits it goes as a double; INTEGER columns turn that back, exactly up to 2^53.
        const bind = value === (value | 0) ? api.sqlite3_bind_int : api.sqlite3_bind_double;
        result = bind(this.handle, i + 1, value);
      } else {
        result = api.sqlite3_bind_blob(this.handle, i + 1, 0, 0, STATIC); // a null pointer binds NULL
      }
      if (result !== 0) throw this.#error(result);
    }
  }

  #step(): boolean {
    const result = this.sqlite.api.sqlite3_step(this.handle);
    if (result === ROW) return true;
    if (result === DONE) return false;
    throw this.#error(result);
  }

  #reset(mark: number): void {
    this.sqlite.api.sqlite3_reset(this.handle);
    this.memory.releaseTo(mark, this.#large);
    if (this.#large.length > 0) this.#large = [];
  }

  #error(result: number): SqlError {
    const { api, heap } = this.sqlite;
    return new SqlError(result, heap.readText(api.sqlite3_errmsg(this.db)), this.sql);
  }
}
