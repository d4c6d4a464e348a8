/**
 * Loads the SQLite of stock sql.js once per process. Only its wasm is used, pinned by hash: the JavaScript around it is a
 * file system in memory, which keystone's VFS replaces, and costs more start-up time than all the rest of opening a store.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { StoreError } from '../errors.ts';
import { Heap } from './heap.ts';
import { EXPORTS, IMPORTS, WASM_SHA256 } from './symbols.ts';
import { Vfs } from './vfs/vfs.ts';
import { type WasmMemory, type WasmModule, type WasmTable, wasmApi } from './webassembly.ts';

/** SQLite's C functions: pointers and ints are numbers. */
export interface SqliteApi {
  initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  sqlite3_open(name: number, handleOut: number): number;
  sqlite3_close_v2(db: number): number;
  sqlite3_errmsg(db: number): number;
  sqlite3_exec(db: number, sql: number, callback: number, argument: number, errorOut: number): number;
  sqlite3_prepare_v2(db: number, sql: number, bytes: number, statementOut: number, tailOut: number): number;
  sqlite3_finalize(statement: number): number;
  sqlite3_step(statement: number): number;
  sqlite3_reset(statement: number): number;
  sqlite3_bind_text(
    statement: number,
    index: number,
    text: number,
    bytes: number,
    destructor: number,
  ): number;
  sqlite3_bind_int(statement: number, index: number, value: number): number;
  sqlite3_bind_double(statement: number, index: number, value: number): number;
  sqlite3_bind_blob(
    statement: number,
    index: number,
    blob: number,
    bytes: number,
    destructor: number,
  ): number;
  sqlite3_column_type(statement: number, column: number): number;
  sqlite3_column_double(statement: number, column: number): number;
  sqlite3_column_text(statement: number, column: number): number;
  sqlite3_column_bytes(statement: number, column: number): number;
}

export interface Sqlite {
  readonly api: SqliteApi;
  readonly heap: Heap;
  readonly vfs: Vfs;
}

interface SqliteExports extends SqliteApi {
  memory: WasmMemory;
  table: WasmTable;
}

const NOT_SUPPORTED = 52; // ENOSYS as the C library of the wasm numbers it
const WASM_PAGE_BYTES = 65_536;
const LARGEST_HEAP_BYTES = 2 ** 31;
/** An unknown flag would make V8 write a complaint to stderr. */
const NEWEST_NODE_WITH_KNOWN_FLAG = 24;

/**
 * Work a function does before V8 optimizes it. The default (1,800,000) optimizes half of SQLite during the first commits:
 * twice the CPU time of a short run, for speed that only long ones need; they still get it, moments later.
 */
const TIERING_BUDGET = 400_000_000;

let loading: Promise<Sqlite> | undefined;

/** One instance serves all stores of the process. @throws {StoreError} STORE_ENGINE */
export function loadSqlite(): Promise<Sqlite> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Sqlite> {
  const bytes = readWasm();
  const compiling = compile(bytes); // on other threads, while this one goes on
  verify(bytes);
  const api = instantiate(await compiling);
  const heap = new Heap(api.memory, api);
  return { api, heap, vfs: new Vfs(heap, api.table, defaultVfs(api, heap)) };
}

/**
 * Compiles all functions at once on V8's threads. Its default is to compile each at its first call, on this thread, and
 * SQLite's first statement needs 500 of them: a third more time until the first commit, even on two cores.
 */
async function compile(bytes: Buffer): Promise<WasmModule> {
  const known = Number.parseInt(process.versions.node, 10) <= NEWEST_NODE_WITH_KNOWN_FLAG;
  // A compilation alone does not keep the event loop alive, and a loop that runs dry makes Node wait for every background
  // task of V8, optimizations included, before anything else happens: 150 ms and more.
  const alive = setInterval(() => {}, 60_000);
  if (known) {
    setFlagsFromString('--no-wasm-lazy-compilation');
    setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  }
  try {
    return await wasmApi.compile(bytes);
  } finally {
    clearInterval(alive);
    if (known) setFlagsFromString('--wasm-lazy-compilation');
  }
}

/** The bundle has the wasm beside it (or one folder up, for a chunk); the source tree has it in node_modules. */
function readWasm(): Buffer {
  return (
    readBeside('../sql-wasm.wasm') ??
    readBeside('./sql-wasm.wasm') ??
    readFileSync(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'))
  );
}

function readBeside(relative: string): Buffer | undefined {
  try {
    return readFileSync(fileURLToPath(new URL(relative, import.meta.url)));
  } catch {
    return undefined;
  }
}

function verify(bytes: Buffer): void {
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== WASM_SHA256) throw unknownEngine(`sql-wasm.wasm has sha256 ${hash}`);
}

function instantiate(module: WasmModule): SqliteExports {
  let memory: WasmMemory | undefined;
  const grow = (wanted: number): number => (memory !== undefined && growTo(memory, wanted >>> 0) ? 1 : 0);
  const instance = new wasmApi.Instance(module, { [IMPORTS.module]: hostFunctions(module, grow) });
  const named = Object.entries(EXPORTS).map(([name, letter]) => [name, instance.exports[letter]]);
  // The hash pinned above is the proof that these are the functions their names say.
  const api = Object.fromEntries(named) as SqliteExports;
  memory = api.memory;
  api.initialize();
  return api;
}

/** A clock and memory; whatever else the C library would ask of an operating system is answered with "not supported". */
function hostFunctions(module: WasmModule, grow: (wanted: number) => number): Record<string, unknown> {
  const stop = (): never => {
    throw new Error('the SQLite engine aborted');
  };
  const nothing = (): number => 0; // no environment: its sizes stay zero
  const host: Record<string, unknown> = {};
  for (const { name } of wasmApi.Module.imports(module)) host[name] = () => -NOT_SUPPORTED;
  return Object.assign(host, {
    [IMPORTS.currentTimeMs]: () => Date.now(),
    [IMPORTS.monotonicMs]: () => performance.now(),
    [IMPORTS.largestHeap]: () => LARGEST_HEAP_BYTES,
    [IMPORTS.growHeap]: grow,
    [IMPORTS.environmentSizes]: nothing,
    [IMPORTS.environment]: nothing,
    [IMPORTS.abort]: stop,
    [IMPORTS.exit]: stop,
  });
}

/** By at least a fifth, so that growing stays rare. */
function growTo(memory: WasmMemory, wanted: number): boolean {
  if (wanted > LARGEST_HEAP_BYTES) return false;
  const now = memory.buffer.byteLength;
  const target = Math.min(LARGEST_HEAP_BYTES, Math.max(wanted, Math.ceil(now * 1.2)));
  try {
    memory.grow(Math.ceil((target - now) / WASM_PAGE_BYTES));
    return true;
  } catch {
    return false;
  }
}

/** `struct sqlite3` begins with a pointer to its VFS, so an in-memory connection shows where the built-in one lives. */
function defaultVfs(api: SqliteApi, heap: Heap): number {
  const name = heap.allocateText(':memory:');
  const out = heap.allocate(4);
  const code = api.sqlite3_open(name, out);
  const db = heap.readPointer(out);
  const vfs = code === 0 ? heap.readPointer(db) : 0;
  api.sqlite3_close_v2(db);
  heap.release(name);
  heap.release(out);
  if (vfs === 0) throw unknownEngine('no default VFS');
  return vfs;
}

function unknownEngine(reason: string): StoreError {
  return new StoreError(
    'STORE_ENGINE',
    `the installed SQLite engine is not the one keystone was tested with: ${reason}`,
    { hint: 'reinstall keystone; it needs exactly sql.js 1.16.0' },
  );
}
