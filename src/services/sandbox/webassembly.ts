/** The WebAssembly API as far as it is used here; its types come with the DOM library, which Node code does without. */
export interface WasmMemory {
  /** All of it, as it is now: it only grows. */
  readonly buffer: ArrayBuffer;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  /** Sizes in pages of 64 KiB. */
  Memory: new (size: {
    initial: number;
    maximum: number;
  }) => WasmMemory;
}

export const wasmApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
