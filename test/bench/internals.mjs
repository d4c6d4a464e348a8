/** Parts of keystone that are not in its public interface, bundled for a measure of them alone. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT, temporaryFolder } from './projects.mjs';

/** @param {string} file below the root, such as `src/runtime/timers.ts` @returns its exports */
export async function internal(file) {
  const outfile = join(temporaryFolder(), 'internal.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
    // Of dependencies that are CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}
