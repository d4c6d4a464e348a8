/** Temporary projects, and the workflows and step kinds the measures run in them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Type } from '@sinclair/typebox';

export const ROOT = resolve(import.meta.dirname, '../..');
export const CLI = join(ROOT, 'dist/cli.js');

const folders = new Set();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when this process ends. KEYSTONE_BENCH_TMP puts it on another disk than the system's own. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(process.env.KEYSTONE_BENCH_TMP ?? tmpdir(), 'keystone-bench-'));
  folders.add(folder);
  return folder;
}

/**
 * @param {{ config?: string, files?: Record<string, string> }} [content]
 * @returns {string} its folder
 */
export function temporaryProject({ config = '', files = {} } = {}) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.keystone'));
  if (config !== '') writeFileSync(join(folder, '.keystone/config.yaml'), config);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Does nothing, in this process. */
export const noop = {
  kind: 'noop',
  summary: 'Does nothing.',
  schema: Type.Object({}, { additionalProperties: false }),
  run: async () => ({ output: 'ok' }),
};

const workflow = (steps) => `name: bench\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;
const numbered = (count, write) => Array.from({ length: count }, (_, index) => write(index));

/** `count` steps that need nothing. @param {string} what the fields that say what a step does */
export const independent = (count, what = 'type: noop') =>
  workflow(numbered(count, (i) => `{ id: s${i}, ${what} }`));

/** `count` steps, each of which needs the one before. */
export const chain = (count, what = 'type: noop') =>
  workflow(numbered(count, (i) => `{ id: s${i}, ${what}${i === 0 ? '' : `, needs: [s${i - 1}]`} }`));

/** One step for each of the numbers of the input `n`. */
export const foreach = (window) =>
  `name: bench\ninputs: { n: { type: array } }\nsteps:\n  - { id: each, type: noop, concurrency: ${window}, foreach: inputs.n }\n`;

/** `count` steps, then a sleep that suspends the run, then one more. @param {'chain' | 'fan'} shape */
export function suspending(shape, count) {
  const steps = numbered(
    count,
    (i) => `{ id: s${i}, type: noop${shape === 'chain' && i > 0 ? `, needs: [s${i - 1}]` : ''} }`,
  );
  const last = shape === 'chain' ? `[s${count - 1}]` : `[${numbered(count, (i) => `s${i}`).join(', ')}]`;
  return workflow([
    ...steps,
    `{ id: pause, type: sleep, duration: 300ms, needs: ${last} }`,
    '{ id: after, type: noop, needs: [pause] }',
  ]);
}

/** Layers, diamonds, chains and a join without condition, with expressions, retries and conditions: what people write, in `count` steps. */
export function mixed(count) {
  const steps = [];
  const add = (fields) => steps.push(`{ id: s${steps.length}, ${fields} }`);
  while (steps.length < count) {
    const root = steps.length;
    const needsRoot = root === 0 ? '' : `, needs: [s${root - 1}]`;
    add(`run: "echo start"${needsRoot}`);
    for (let lane = 0; lane < 4; lane++) {
      add(`run: "echo \${{ steps.s${root}.output }}", retry: { count: 2, baseDelay: 100ms }`);
      add(`run: "echo ${lane}", needs: [s${steps.length - 1}], timeout: 30s`);
    }
    // One crossing edge makes the block prime: no series, no parallel.
    add(`run: "echo cross", needs: [s${root + 2}, s${root + 3}]`);
    const ends = [2, 4, 6, 8, 9].map((offset) => `s${root + offset}`);
    add(`type: join, needs: [${ends.join(', ')}]`);
  }
  return workflow(steps.slice(0, count));
}
