/** Where the engine's wasm and the code of its threads are: beside the bundle, or in the source tree. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { wasmApi } from './webassembly.ts';

/** Of the bundle, relative to it: the thread's code, which the build has put into one file. */
declare const KEYSTONE_SANDBOX_THREAD: string | undefined;

let compiled: Promise<object> | undefined;

/** QuickJS, compiled once in a process; threads share its code. */
export function engineModule(): Promise<object> {
  compiled ??= wasmApi.compile(readFileSync(wasmFile()));
  return compiled;
}

function wasmFile(): string | URL {
  return isBundled()
    ? new URL('./quickjs.wasm', import.meta.url)
    : createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
}

const isBundled = (): boolean => typeof KEYSTONE_SANDBOX_THREAD === 'string';

/** What a thread runs: a file, or in the source tree, whose files must be translated first, a program that sees to that. */
export function threadProgram(): { code: string | URL; eval: boolean } {
  if (typeof KEYSTONE_SANDBOX_THREAD === 'string')
    return { code: new URL(KEYSTONE_SANDBOX_THREAD, import.meta.url), eval: false };
  const translator = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const file = new URL('./sandbox-thread.ts', import.meta.url);
  return {
    code: `import(${JSON.stringify(pathToFileURL(translator).href)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file.href)}); })`,
    eval: true,
  };
}
