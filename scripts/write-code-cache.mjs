/**
 * Runs a workflow with the bundle, then writes down what V8 has compiled for it. Part of the build, in a process of its own.
 * Argument: absolute path of the bundle.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { cacheOf, loadBundle } from './load-bundle.mjs';

/** Uses what most runs use: inputs, expressions, a fan, a join, a shell, outputs. */
const WORKFLOW = `name: warm
inputs: { who: { type: string, default: you } }
outputs: { said: '\${{ steps.c.output }}' }
steps:
  - { id: a, run: 'echo \${{ inputs.who }}' }
  - { id: b, run: 'echo b' }
  - { id: c, run: 'echo \${{ steps.a.output }}', needs: [a, b], if: 'steps.b.exitCode == 0' }
`;

const [bundle] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'keystone-build-'));
mkdirSync(join(folder, '.keystone'));
writeFileSync(join(folder, 'warm.yaml'), WORKFLOW);
process.chdir(folder);

const { exports, script } = loadBundle(bundle);
process.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0) return;
  restoreFlags();
  const cachedData = script.createCachedData();
  writeFileSync(`${bundle}.${process.pid}`, cachedData);
  renameSync(`${bundle}.${process.pid}`, cacheOf(bundle));
});
await exports.cli().main(['run', 'warm.yaml']);

/** V8 refuses a cache that was made with other flags, and loading SQLite changes one. */
function restoreFlags() {
  const flags = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  const [flag] = /--wasm-tiering-budget=\d+/.exec(flags) ?? [];
  if (flag !== undefined) setFlagsFromString(flag);
}
