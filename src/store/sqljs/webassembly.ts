/** The WebAssembly API as far as it is used here; its types come with the DOM library, which Node code does without. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB. @throws {RangeError} */
  grow(by: number): number;
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
  Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): { module: string; name: string }[];
  };
  Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
}

export const wasmApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
