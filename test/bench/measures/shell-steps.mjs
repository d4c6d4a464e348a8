/** Durable shell steps, whole processes, against what starts the same shells and remembers nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exists, timed, worker } from '../processes.mjs';
import { CLI, chain, independent, temporaryProject } from '../projects.mjs';
import { compare, interleave, median } from '../statistics.mjs';

const TRUE = 'run: "true"';
const CONFIG = 'concurrency: 2\nstorage: { durability: full }\n';

const makefile = (count) => {
  const names = Array.from({ length: count }, (_, i) => `s${i}`).join(' ');
  return `all: ${names}\n.PHONY: all ${names}\n${names}:\n\t@/bin/sh -c true\n`;
};

/** The wall clock of a worker's whole process. */
const wallOf = async (name, args) => {
  const start = performance.now();
  await worker(name, args);
  return performance.now() - start;
};
const keystone = (cwd, file) => async () =>
  (await timed(process.execPath, [CLI, 'run', file, '--quiet'], { cwd })).ms;

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function shellSteps({ quick, tiny }) {
  const count = tiny ? 20 : quick ? 200 : 1000;
  const cwd = temporaryProject({ config: CONFIG, files: { 'fan.yaml': independent(count, TRUE) } });
  writeFileSync(join(cwd, 'Makefile'), makefile(count));
  const lines = 'x\n'.repeat(count);
  const others = {
    'xargs -P2': (await exists('xargs')) && ['xargs', ['-P2', '-I{}', '/bin/sh', '-c', 'true'], lines],
    'GNU make -j2': (await exists('make')) && ['make', ['-j2', '--silent', 'all']],
  };
  const contestants = {
    ours: keystone(cwd, 'fan.yaml'),
    spawn: () => wallOf('spawn-pool', [count, 2]),
    'zx, pool of 2': () => wallOf('zx-pool', [count, 2]),
  };
  for (const [name, found] of Object.entries(others)) {
    if (!found) continue;
    const [command, args, stdin] = found;
    contestants[name] = async () => (await timed(command, args, { cwd, ...(stdin && { stdin }) })).ms;
  }
  const results = await interleave(quick || tiny ? 1 : 3, contestants);
  const what = `${count} shell steps, 2 at once, durable`;
  const row = { what, unit: 'ms' };
  const informative = (name) =>
    results[name] === undefined
      ? { ...row, against: name, note: 'not installed' }
      : { ...row, ...compare(results.ours, results[name]), against: name };
  return [
    { ...row, ...compare(results.ours, results.spawn), against: 'spawn, pool of 2', must: { ratio: 1.5 } },
    ...['zx, pool of 2', 'xargs -P2', 'GNU make -j2'].map(informative),
    {
      ...row,
      what: 'the same, per step',
      ours: median(results.ours) / count,
      reference: median(results.spawn) / count,
      against: 'spawn, pool of 2',
    },
  ];
}

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function shellChain({ quick, tiny }) {
  const count = tiny ? 10 : quick ? 50 : 200;
  const cwd = temporaryProject({ config: CONFIG, files: { 'chain.yaml': chain(count, TRUE) } });
  const results = await interleave(quick || tiny ? 1 : 5, {
    ours: keystone(cwd, 'chain.yaml'),
    spawn: () => wallOf('spawn-pool', [count, 1]),
  });
  return [
    {
      what: `chain of ${count} shell steps, durable`,
      ...compare(results.ours, results.spawn),
      against: 'spawn, one after another',
      unit: 'ms',
      must: { ratio: 1.5 },
    },
  ];
}
