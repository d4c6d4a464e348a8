/** Commits into two databases of different sizes, in turns. Arguments: large size in MB, commits a round, rounds. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../../dist/index.js';
import { temporaryFolder } from '../projects.mjs';
import { interleave, median } from '../statistics.mjs';

const [largeMb, commits, rounds] = process.argv.slice(2).map(Number);
const runId = 'bench';

async function openOfSize(megabytes) {
  const path = join(temporaryFolder(), 'state.db');
  const store = await openStore({ path, durability: 'full' });
  const row = {
    runId,
    workflow: 'bench',
    sourceHash: 'x',
    planHash: 'x',
    engineVersion: '0',
    status: 'running',
  };
  const more = { inputs: {}, tags: [], cwd: '/', startedAt: 0, pinned: {}, seq: 0, source: 'x', plan: '{}' };
  await store.commit([{ runId, create: { ...row, ...more } }]);
  const perCommit = Math.min(1, megabytes);
  for (let filled = 0; filled < megabytes; filled += perCommit)
    await store.commit([filling(filled, perCommit)]);
  await store.checkpoint();
  return { store, sizeMb: statSync(path).size / 1e6, seq: 0 };
}

/** Rows of 32 KB, each below the size that goes to a file of its own. */
function filling(from, megabytes) {
  const rows = Math.ceil((megabytes * 1e6) / 32_000);
  const step = (index) => ({
    path: `fill-${from}-${index}`,
    epoch: 0,
    attempt: 1,
    kind: 'noop',
    status: 'success',
    outcome: 'success',
    output: randomBytes(16_000).toString('hex'),
  });
  return { runId, steps: Array.from({ length: rows }, (_, index) => step(index)) };
}

async function commitMs(target) {
  const times = [];
  for (let i = 0; i < commits; i++) {
    const seq = ++target.seq;
    const step = {
      path: `s${seq}`,
      epoch: 0,
      attempt: 1,
      kind: 'noop',
      status: 'success',
      outcome: 'success',
    };
    const start = performance.now();
    await target.store.commit([{ runId, run: { seq }, steps: [{ ...step, output: 'ok' }] }]);
    times.push(performance.now() - start);
  }
  return times.reduce((sum, ms) => sum + ms, 0) / commits;
}

const small = await openOfSize(1);
const large = await openOfSize(largeMb);
await commitMs(small);
await commitMs(large);
const results = await interleave(rounds, { small: () => commitMs(small), large: () => commitMs(large) });
await small.store.close();
await large.store.close();
process.stdout.write(
  JSON.stringify({
    ...results,
    medians: { small: median(results.small), large: median(results.large) },
    sizesMb: { small: small.sizeMb, large: large.sizeMb },
  }),
);
