/** A JavaScript engine (QuickJS) for one script: a runtime of its own, in a memory that is capped. */
import base from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { PRELUDE } from './prelude.ts';
import { type WasmMemory, wasmApi } from './webassembly.ts';

const MIB = 1024 * 1024;
const PAGES_PER_MIB = 16;
/** What the engine needs for itself, and begins with. */
const OWN_MIB = 16;
/** Enough for recursion 3,000 deep; `thread.ts` gives the thread the stack that the engine needs for it. */
const STACK_BYTES = 512 * 1024;
const NEARLY_ALL = 0.8;

/** Emscripten reports what it gives up for on stderr; here that is an exception like any other. */
const SILENT: object = { print: () => {}, printErr: () => {} };

export class Engine {
  readonly context: QuickJSContext;
  /** See `PRELUDE`; read, not run. */
  readonly prelude: QuickJSHandle;
  readonly memoryLimitMb: number;
  readonly #quickjs: QuickJSWASMModule;
  readonly #memory: WasmMemory;

  /** @param module QuickJS, compiled. */
  static async create(module: object, memoryLimitMb: number): Promise<Engine> {
    const memory = new wasmApi.Memory({
      initial: OWN_MIB * PAGES_PER_MIB,
      maximum: Math.ceil((OWN_MIB + memoryLimitMb) * PAGES_PER_MIB),
    });
    const variant = newVariant(base, {
      wasmModule: module,
      wasmMemory: memory,
      emscriptenModule: SILENT,
    });
    return new Engine(await newQuickJSWASMModuleFromVariant(variant), memory, memoryLimitMb);
  }

  private constructor(quickjs: QuickJSWASMModule, memory: WasmMemory, memoryLimitMb: number) {
    this.#quickjs = quickjs;
    this.#memory = memory;
    this.memoryLimitMb = memoryLimitMb;
    const runtime = quickjs.newRuntime();
    runtime.setMemoryLimit(memoryLimitMb * MIB);
    runtime.setMaxStackSize(STACK_BYTES);
    this.context = runtime.newContext();
    this.prelude = this.context.unwrapResult(this.context.evalCode(PRELUDE, 'keystone'));
  }

  /** Whether there was a time when nearly all memory was used. */
  wasFull(): boolean {
    return this.#memory.buffer.byteLength > Math.max(OWN_MIB, NEARLY_ALL * this.memoryLimitMb) * MIB;
  }

  /**
   * A new runtime in the same memory, which costs half as much as a new memory.
   * @returns undefined when this one is not as tidy as it was, or has become large: memory never shrinks.
   */
  renewed(): Engine | undefined {
    try {
      this.prelude.dispose();
      this.context.dispose();
      // Fails when anything is left.
      this.context.runtime.dispose();
      if (this.#memory.buffer.byteLength > OWN_MIB * MIB) return undefined;
      return new Engine(this.#quickjs, this.#memory, this.memoryLimitMb);
    } catch {
      return undefined;
    }
  }
}
