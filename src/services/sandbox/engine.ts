/** A JavaScript engine (QuickJS) with a memory of its own, for one script. */
import base from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
} from 'quickjs-emscripten-core';
import { PRELUDE } from './prelude.ts';
import { wasmApi } from './webassembly.ts';

const MIB = 1024 * 1024;
const PAGES_PER_MIB = 16;
/** What the engine needs for itself, and begins with. */
const OWN_MIB = 16;
/** Enough for recursion 3,000 deep; `thread.ts` gives the thread the stack that the engine needs for it. */
const STACK_BYTES = 512 * 1024;

const NEARLY_ALL = 0.8;

export interface Engine {
  readonly context: QuickJSContext;
  /** See `PRELUDE`; read, not run. */
  readonly prelude: QuickJSHandle;
  readonly memoryLimitMb: number;
  /** Whether there was a time when nearly all memory was used. */
  wasFull(): boolean;
}

/** Emscripten reports what it gives up for on stderr; here that is an exception like any other. */
const SILENT: object = { print: () => {}, printErr: () => {} };

/** @param module QuickJS, compiled. */
export async function newEngine(module: object, memoryLimitMb: number): Promise<Engine> {
  const wasmMemory = new wasmApi.Memory({
    initial: OWN_MIB * PAGES_PER_MIB,
    maximum: Math.ceil((OWN_MIB + memoryLimitMb) * PAGES_PER_MIB),
  });
  const variant = newVariant(base, { wasmModule: module, wasmMemory, emscriptenModule: SILENT });
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  runtime.setMemoryLimit(memoryLimitMb * MIB);
  runtime.setMaxStackSize(STACK_BYTES);
  const context = runtime.newContext();
  return {
    context,
    prelude: context.unwrapResult(context.evalCode(PRELUDE, 'keystone')),
    memoryLimitMb,
    wasFull: () => wasmMemory.buffer.byteLength > Math.max(OWN_MIB, NEARLY_ALL * memoryLimitMb) * MIB,
  };
}
