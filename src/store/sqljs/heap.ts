/** The wasm memory as views that survive its growth, with the few accessors SQLite's C structures need. */

import type { WasmMemory } from './webassembly.ts';

export interface Allocator {
  malloc(bytes: number): number;
  free(pointer: number): void;
}

export class Heap {
  #bytes: Buffer;
  #view: DataView;

  constructor(
    private readonly memory: WasmMemory,
    private readonly allocator: Allocator,
  ) {
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** All memory. Fetch again after every call into wasm: growth detaches the old view (and empties it). */
  get bytes(): Buffer {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  readPointer(at: number): number {
    return this.view.getUint32(at, true);
  }

  writePointer(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** Zero-terminated UTF-8 at `at`. */
  readText(at: number): string {
    const bytes = this.bytes;
    return bytes.toString('utf8', at, bytes.indexOf(0, at));
  }

  /** Writes zero-terminated UTF-8 into memory of the caller. */
  writeText(at: number, text: string): void {
    const bytes = this.bytes;
    bytes[at + bytes.write(text, at, 'utf8')] = 0;
  }

  zero(at: number, length: number): void {
    this.bytes.fill(0, at, at + length);
  }

  /** @throws {Error} when wasm memory is used up. */
  allocate(length: number): number {
    const pointer = this.allocator.malloc(length);
    if (pointer === 0) throw new Error(`out of wasm memory: ${length} bytes wanted`);
    return pointer;
  }

  allocateText(text: string): number {
    const pointer = this.allocate(Buffer.byteLength(text) + 1);
    this.writeText(pointer, text);
    return pointer;
  }

  release(pointer: number): void {
    this.allocator.free(pointer);
  }

  #refresh(): void {
    this.#bytes = Buffer.from(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
  }
}
