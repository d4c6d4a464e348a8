/** Loads stock sql.js once per process, with its wasm pinned by hash, and gives keystone's VFS a way into it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { StoreError } from '../errors.ts';
import { Heap } from './heap.ts';
import { Vfs } from './vfs/vfs.ts';
import { type WasmImports, type WasmInstance, type WasmModule, wasmApi } from './webassembly.ts';

/** dist/sql-wasm.wasm of sql.js 1.16.0: the VFS relies on the layout of exactly this build. */
const WASM_SHA256 = '43bbcdd44287e5a2db3b6b5af34b1a3485a7a441285d247976c1ebe3c61f8dbf';

/** SQLite's C functions as sql.js exports them: pointers and ints are numbers. */
export interface SqliteApi {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _sqlite3_open(name: number, handleOut: number): number;
  _sqlite3_close_v2(db: number): number;
  _sqlite3_errmsg(db: number): number;
  _sqlite3_exec(db: number, sql: number, callback: number, argument: number, errorOut: number): number;
  _sqlite3_changes(db: number): number;
  _sqlite3_prepare_v2(db: number, sql: number, bytes: number, statementOut: number, tailOut: number): number;
  _sqlite3_finalize(statement: number): number;
  _sqlite3_step(statement: number): number;
  _sqlite3_reset(statement: number): number;
  _sqlite3_bind_text(
    statement: number,
    index: number,
    text: number,
    bytes: number,
    destructor: number,
  ): number;
  _sqlite3_bind_int(statement: number, index: number, value: number): number;
  _sqlite3_bind_double(statement: number, index: number, value: number): number;
  _sqlite3_bind_blob(
    statement: number,
    index: number,
    blob: number,
    bytes: number,
    destructor: number,
  ): number;
  _sqlite3_column_type(statement: number, column: number): number;
  _sqlite3_column_double(statement: number, column: number): number;
  _sqlite3_column_text(statement: number, column: number): number;
  _sqlite3_column_bytes(statement: number, column: number): number;
}

export interface Sqlite {
  readonly api: SqliteApi;
  readonly heap: Heap;
  readonly vfs: Vfs;
}

interface EmscriptenOptions {
  useOldExtensionFunctions: boolean;
  instantiateWasm(
    imports: WasmImports,
    done: (instance: WasmInstance, module: WasmModule) => void,
  ): WasmInstance['exports'];
}

let loading: Promise<Sqlite> | undefined;

/** One instance serves all stores of the process. @throws {StoreError} STORE_ENGINE */
export function loadSqlite(): Promise<Sqlite> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Sqlite> {
  const compiled = wasmApi.compile(readWasm());
  const glue = await import('sql.js');
  // The types of sql.js know only its own classes; what its Emscripten build exports and accepts is declared above.
  const initialize = glue.default as unknown as (options: EmscriptenOptions) => Promise<SqliteApi>;
  const module = await compiled;
  let instance: WasmInstance | undefined;
  const api = await initialize({
    useOldExtensionFunctions: false,
    instantiateWasm(imports, done) {
      instance = new wasmApi.Instance(module, imports);
      done(instance, module);
      return instance.exports;
    },
  });
  if (instance === undefined) throw unknownEngine('it did not ask for its wasm');
  const parts = Object.values(instance.exports);
  const memory = parts.find((part) => part instanceof wasmApi.Memory);
  const table = parts.find((part) => part instanceof wasmApi.Table);
  if (memory === undefined || table === undefined) throw unknownEngine('memory or table is not exported');
  const heap = new Heap(memory, { malloc: (bytes) => api._malloc(bytes), free: (at) => api._free(at) });
  return { api, heap, vfs: new Vfs(heap, table, defaultVfs(api, heap)) };
}

/** The bundle has the wasm beside it (or one folder up, for a chunk); the source tree has it in node_modules. */
function readWasm(): Buffer<ArrayBuffer> {
  const bytes = readBeside('./sql-wasm.wasm') ?? readBeside('../sql-wasm.wasm') ?? readFromPackage();
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== WASM_SHA256) throw unknownEngine(`sql-wasm.wasm has sha256 ${hash}`);
  return bytes;
}

function readBeside(relative: string): Buffer<ArrayBuffer> | undefined {
  try {
    return readFileSync(fileURLToPath(new URL(relative, import.meta.url)));
  } catch {
    return undefined;
  }
}

function readFromPackage(): Buffer<ArrayBuffer> {
  return readFileSync(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'));
}

/** `struct sqlite3` begins with a pointer to its VFS, so an in-memory connection shows where the built-in one lives. */
function defaultVfs(api: SqliteApi, heap: Heap): number {
  const name = heap.allocateText(':memory:');
  const out = heap.allocate(4);
  const code = api._sqlite3_open(name, out);
  const db = heap.readPointer(out);
  const vfs = code === 0 ? heap.readPointer(db) : 0;
  api._sqlite3_close_v2(db);
  heap.release(name);
  heap.release(out);
  if (vfs === 0) throw unknownEngine('no default VFS');
  return vfs;
}

function unknownEngine(reason: string): StoreError {
  return new StoreError(
    'STORE_ENGINE',
    `the installed SQLite engine is not the one keystone was tested with: ${reason}`,
    {
      hint: 'reinstall keystone; it needs exactly sql.js 1.16.0',
    },
  );
}
