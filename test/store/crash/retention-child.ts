/**
 * Begins runs with large values of which many are the same, ends them, and forgets the older ones: until it is killed, or for some
 * rounds. Args: database, name, rounds (0: for ever), the file operation before which it kills itself (0: none).
 */
import { createHash } from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { openStore } from '../../../src/store/index.ts';
import type { DedupRow, Store } from '../../../src/store/port.ts';
import { aStep, begin } from '../fixtures.ts';

const [path = '', name = '', rounds = '0', fatal = '0'] = process.argv.slice(2);
const KEEP = 2;

/** Large enough for a file of their own. Few, so that runs share them. */
const contents = Array.from({ length: 5 }, (_, n) => `${n} `.repeat(40_000));
const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

let operations = 0;

function killAt(nth: number): void {
  const fs: Record<string, unknown> = createRequire(import.meta.url)('node:fs');
  for (const call of [
    'writeSync',
    'renameSync',
    'rmSync',
    'unlinkSync',
    'linkSync',
    'fdatasyncSync',
    'fsyncSync',
    'openSync',
  ]) {
    const real = fs[call] as (...args: unknown[]) => unknown;
    fs[call] = (...args: unknown[]): unknown => {
      operations += 1;
      if (operations === nth) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    };
  }
  syncBuiltinESMExports();
}

const memoOf = (runId: string, content: string): DedupRow => ({
  scope: 'memo',
  hash: createHash('sha256').update(content.slice(0, 1)).digest('hex'),
  label: 'shell',
  fingerprint: 'f',
  workflow: 'release',
  kind: 'shell',
  runId,
  path: 'remembered',
  status: 'done',
  since: Date.now(),
  finishedAt: Date.now(),
  expiresAt: Date.now() + 50,
  output: content,
});

async function oneRun(store: Store, runId: string): Promise<void> {
  const [first, second, third] = [any(contents), any(contents), any(contents)];
  await store.commit([begin(runId, { startedAt: Date.now(), owner: store.owner, leaseUntil: 9e15 })]);
  const sink = store.blobs.open(runId);
  sink.write(Buffer.from(first));
  const ref = sink.end();
  const memo = memoOf(runId, third);
  const known = await store.dedup.finished(memo, Date.now(), runId);
  const remembered = known?.output ?? third;
  await store.commit([
    {
      runId,
      steps: [
        aStep('ref', { output: ref }),
        aStep('large', { output: second, raw: { stdout: first } }),
        aStep('remembered', { output: remembered }),
      ],
      ...(known === undefined && { dedup: [memo] }),
    },
  ]);
  await store.commit([
    { runId, run: { status: 'success', finishedAt: Date.now(), owner: null, leaseUntil: null } },
  ]);
}

async function prune({ retention, dedup }: Store): Promise<void> {
  const expired = await retention.expired('release', { keep: KEEP });
  await retention.forget(
    expired.map(({ runId }) => runId),
    Date.now(),
  );
  for (const runId of await retention.forgotten()) await retention.clear(runId);
  if (Math.random() < 0.3) await dedup.prune(Date.now());
  await retention.collectBlobs({ all: Math.random() < 0.3 });
}

const store = await openStore({ path });
if (fatal !== '0') killAt(Number(fatal));
for (let round = 1; rounds === '0' || round <= Number(rounds); round += 1) {
  await oneRun(store, `${name}-${process.pid}-${round}`);
  await prune(store);
  process.stdout.write('.');
}
process.stdout.write(`${operations}`);
process.exit(0);
