/** The WebAssembly API as far as it is used here; its types come with the DOM library, which Node code does without. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
export interface WasmTable {
  get(index: number): unknown;
  set(index: number, value: unknown): void;
  grow(by: number): number;
}
export type WasmImports = Record<string, Record<string, unknown>>;
export type WasmModule = object;
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  Memory: new (...args: never[]) => WasmMemory;
  Table: new (...args: never[]) => WasmTable;
}

export const wasmApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
