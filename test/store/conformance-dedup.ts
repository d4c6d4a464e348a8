/** What every Store must do with names of effects and the results kept for them. */
import { expect, it } from 'vitest';
import type { DedupRow, Store } from '../../src/store/port.ts';
import { aStep, begin } from './fixtures.ts';

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

const claimOf = (runId: string, changes: Partial<DedupRow> = {}): DedupRow => ({
  scope: 'global',
  hash: 'a1'.repeat(32),
  label: 'order-ü',
  fingerprint: 'f',
  workflow: 'w',
  kind: 'shell',
  runId,
  path: 'pay',
  status: 'in-flight',
  since: 5,
  ...changes,
});

export function effects({ store, open }: Context): void {
  const NOW = 1000;
  const owned = (runId: string, by = store()) => begin(runId, { owner: by.owner, leaseUntil: 10 ** 12 });
  const done = (row: DedupRow, changes: Partial<DedupRow> = {}): DedupRow => ({
    ...row,
    status: 'done',
    finishedAt: 9,
    output: { ok: ['ü'] },
    raw: { stdout: 'x' },
    ...changes,
  });

  it('gives a key to one claimer, and to the same one again', async () => {
    const other = await open();
    await store().commit([owned('r1')]);
    await other.commit([owned('r2', other)]);
    expect(await store().dedup.claim(claimOf('r1'), NOW)).toEqual({ outcome: 'claimed' });
    expect(await store().dedup.claim(claimOf('r1', { fingerprint: 'g', since: 6 }), NOW)).toEqual({
      outcome: 'claimed',
    });
    expect(await other.dedup.claim(claimOf('r2', { fingerprint: 'g' }), NOW)).toEqual({
      outcome: 'in-flight',
      holder: claimOf('r1', { fingerprint: 'g', since: 6 }),
      who: 'live',
    });
    expect(await other.dedup.claim(claimOf('r2'), NOW)).toMatchObject({ outcome: 'collision' });
    expect(await other.dedup.claim(claimOf('r2', { scope: 'run:r2' }), NOW)).toEqual({ outcome: 'claimed' });
    expect(await other.dedup.claim(claimOf('r2', { hash: 'b' }), NOW)).toEqual({ outcome: 'claimed' });
  });

  it('keeps the result in the commit of the step, and gives it to all who ask for the same', async () => {
    await store().commit([owned('r1'), owned('r2')]);
    const row = claimOf('r1');
    await store().dedup.claim(row, NOW);
    expect(await store().dedup.finished(row, NOW, 'r9')).toBeUndefined();
    const large = { text: 'é'.repeat(100_000) };
    await store().commit([{ runId: 'r1', dedup: [done(row, { output: large })] }]);
    const kept = done(row, { output: large });
    expect(await (await open()).dedup.claim(claimOf('r2'), NOW)).toEqual({ outcome: 'done', row: kept });
    expect(await store().dedup.finished(row, NOW, 'r9')).toEqual(kept);
    expect(await store().dedup.claim(claimOf('r2', { fingerprint: 'g' }), NOW)).toMatchObject({
      outcome: 'collision',
    });
  });

  it('does not let a step write over the key of another, but a memo over a memo', async () => {
    await store().commit([owned('r1'), owned('r2')]);
    await store().dedup.claim(claimOf('r1'), NOW);
    const memo = claimOf('r1', { scope: 'memo' });
    await store().commit([{ runId: 'r1', dedup: [done(memo, { output: 1 })] }]);
    await store().commit([
      { runId: 'r2', dedup: [done(claimOf('r2')), done({ ...memo, runId: 'r2' }, { output: 2 })] },
    ]);
    expect(await store().dedup.finished(claimOf('r1'), NOW, 'r9')).toBeUndefined();
    expect(await store().dedup.finished(memo, NOW, 'r9')).toMatchObject({ runId: 'r2', output: 2 });
  });

  it('frees a key that is given back, and that of a run that has ended or never was', async () => {
    await store().commit([owned('r1'), owned('r2')]);
    const { scope, hash, path } = claimOf('r1');
    await store().dedup.claim(claimOf('r1'), NOW);
    await store().commit([{ runId: 'r2', dedupGone: [{ scope, hash, path, at: 1 }] }]);
    expect(await store().dedup.claim(claimOf('r2'), NOW)).toMatchObject({ outcome: 'in-flight' });
    await store().commit([{ runId: 'r1', dedupGone: [{ scope, hash, path, at: 1 }] }]);
    expect(await store().dedup.claim(claimOf('r2'), NOW)).toEqual({ outcome: 'claimed' });
    await store().commit([{ runId: 'r2', run: { status: 'canceled', owner: null } }]);
    expect(await store().dedup.claim(claimOf('r1', { fingerprint: 'g' }), NOW)).toEqual({
      outcome: 'claimed',
    });
    await store().dedup.claim(claimOf('never', { hash: 'c' }), NOW);
    expect(await store().dedup.claim(claimOf('r1', { hash: 'c' }), NOW)).toEqual({ outcome: 'claimed' });
  });

  it('tells who has a key in flight: a live run, one that nobody runs, or one that began the run that asks', async () => {
    const other = await open();
    await other.commit([owned('r1', other), begin('r2')]);
    await store().commit([begin('c1', { parentRunId: 'r1' }), begin('c2', { parentRunId: 'c1' })]);
    await store().dedup.claim(claimOf('r1', { hash: '1' }), NOW);
    await store().dedup.claim(claimOf('r2', { hash: '2' }), NOW);
    const asked = ['1', '2', '3'].map((hash) => ({ scope: 'global', hash, by: 'x' }));
    expect(await store().dedup.holders(asked, NOW)).toEqual(['live', 'dormant', undefined]);
    expect(await store().dedup.holders([{ scope: 'global', hash: '1', by: 'c2' }], NOW)).toEqual([
      'ancestor',
    ]);
    await other.close();
    expect(await store().dedup.holders(asked, NOW)).toEqual(['dormant', 'dormant', undefined]);
  });

  it('forgets what has expired, by itself and when asked', async () => {
    await store().commit([owned('r1')]);
    const [a, b, c] = ['a', 'b', 'c'].map((hash) => claimOf('r1', { hash, path: hash })) as [
      DedupRow,
      DedupRow,
      DedupRow,
    ];
    await store().commit([
      { runId: 'r1', dedup: [done(a, { expiresAt: 100 }), done(b, { expiresAt: 101 }), done(c)] },
    ]);
    expect(await store().dedup.finished(a, 99, 'r9')).toBeDefined();
    expect(await store().dedup.finished(a, 100, 'r9')).toBeUndefined();
    expect(await store().dedup.prune(100)).toBe(1);
    expect(await store().dedup.claim(claimOf('r1', { hash: 'd' }), 101)).toEqual({ outcome: 'claimed' });
    expect((await store().dedup.list()).map(({ hash }) => hash).sort()).toEqual(['c', 'd']);
  });

  it('clears by hash, by run and altogether, but for what is in flight in a live run', async () => {
    await store().commit([owned('r1'), begin('r2')]);
    await store().dedup.claim(claimOf('r1', { hash: 'aaa' }), NOW);
    await store().dedup.claim(claimOf('r2', { hash: 'aab' }), NOW);
    await store().commit([{ runId: 'r1', dedup: [done(claimOf('r1', { hash: 'abb', path: 'x' }))] }]);
    expect((await store().dedup.list({ hash: 'aa' })).map(({ hash }) => hash)).toEqual(['aaa', 'aab']);
    expect(await store().dedup.clear({ hash: 'aa' }, NOW)).toMatchObject({
      cleared: 1,
      kept: [{ hash: 'aaa' }],
    });
    expect(await store().dedup.clear({ runId: 'r2' }, NOW)).toEqual({ cleared: 0, kept: [] });
    expect(await store().dedup.clear({}, NOW)).toMatchObject({ cleared: 1, kept: [{ hash: 'aaa' }] });
  });

  it('makes suspended runs due that wait for a key whose step has ended', async () => {
    const row = claimOf('r1');
    const wait = { path: 'w', for: 'key' as const, name: `${row.scope} ${row.hash}`, since: 1, detail: {} };
    await store().commit([
      owned('r1'),
      { ...begin('r2', { status: 'suspended' }), waits: [wait] },
      { ...begin('r3', { status: 'suspended' }), waits: [{ ...wait, name: 'global other' }] },
    ]);
    await store().dedup.claim(row, NOW);
    await store().commit([{ runId: 'r1', dedup: [done(row, { finishedAt: 42 })] }]);
    expect(await store().dueRuns(42, 9)).toEqual(['r1', 'r2'].filter((id) => id !== 'r1'));
    expect((await store().run('r3'))?.wakeAt).toBeUndefined();
  });

  it('keeps with a step where its result was taken from', async () => {
    const fanOut = { total: 2, labels: ['a', 'b'], lines: { blob: 'ab'.repeat(32), bytes: 7 } };
    const step = aStep('pay', { attempt: 0, reusedFrom: { runId: 'r0', path: 'a[1]' }, fanOut });
    await store().commit([{ ...begin('r1'), steps: [step] }]);
    expect(await store().steps('r1')).toEqual([step]);
  });
}
