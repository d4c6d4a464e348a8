/**
 * What runs a script in a Node of its own, outside any sandbox: a program for `node -e`. It reads a `NodeJob` from standard
 * input and writes a `NodeEnd` to standard output, between two marks that nothing the script prints can hold by chance.
 */

export interface NodeJob {
  /** An expression that gives the function to call. */
  script: string;
  /** JSON of an object; each entry becomes a global. */
  scope: string;
  /** See `PRELUDE`. */
  prelude: string;
  mark: string;
}

export type NodeEnd =
  /** `+` and JSON, or `-` and what is wrong with the value. */
  | { returned: string }
  /** JSON of what `describe` of the prelude gives. */
  | { threw: string }
  | { tooLarge: number };

export const MAX_RESULT_BYTES = 10 * 1024 * 1024;

export const NODE_RUNNER = `
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createRequire } = require('node:module');
const vm = require('node:vm');
const { script, scope, prelude, mark } = JSON.parse(readFileSync(0, 'utf8'));
const { console: ownConsole } = globalThis;
const { random } = Math;
const { encode, describe } = vm.runInThisContext(prelude)(() => {}, () => 0, scope, '[]', '[1,2,3,4]');
globalThis.console = ownConsole;
Math.random = random;
globalThis.require = createRequire(join(process.cwd(), 'script.cjs'));
const end = (how) => process.stdout.write(mark + JSON.stringify(how) + mark, () => process.exit(0));
const threw = (error) => end({ threw: describe(error) });
const returned = (value) => {
  const text = encode(value);
  const bytes = Buffer.byteLength(text);
  end(bytes > ${MAX_RESULT_BYTES} ? { tooLarge: bytes } : { returned: text });
};
try {
  const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const main = new vm.Script(script, { filename: 'script', importModuleDynamically }).runInThisContext();
  main().then(returned).catch(threw);
} catch (error) {
  threw(error);
}
`;
