/** What every Store must do, whatever holds its rows. A backend's test file calls `describeStore` with a factory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { artifacts } from './conformance-artifacts.ts';
import { blobs } from './conformance-blobs.ts';
import { effects } from './conformance-dedup.ts';
import { leftovers } from './conformance-leftovers.ts';
import { notes } from './conformance-notes.ts';
import { pools } from './conformance-pools.ts';
import { retention } from './conformance-retention.ts';
import { waitsAndEvents } from './conformance-waits.ts';
import { aRun, aStep, begin } from './fixtures.ts';

export interface StoreSubject {
  /** Opens the same data; each call is another owner. */
  open(): Promise<Store>;
  /** Closes what is open and removes the data. */
  dispose(): Promise<void>;
}

export function describeStore(name: string, create: () => Promise<StoreSubject>): void {
  describe(`${name} as a store`, () => {
    let subject: StoreSubject;
    let store: Store;
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      const another = await subject.open();
      opened.push(another);
      return another;
    };

    beforeEach(async () => {
      subject = await create();
      store = await open();
    });
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
      await subject.dispose();
    });
    const context: Context = { store: () => store, open };

    describe('runs', () => runs(context));
    describe('commits', () => commits(context));
    describe('actors, journal, timers and compensations', () => rows(context));
    describe('steps', () => steps(context));
    describe('ownership', () => ownership(context));
    describe('inbox', () => inbox(context));
    describe('waits and events', () => waitsAndEvents(context));
    describe('notes', () => notes(context));
    describe('leftovers', () => leftovers(context));
    describe('effects with a name', () => effects(context));
    describe('pools', () => pools(context));
    describe('blobs', () => blobs(context));
    describe('artifacts', () => artifacts(context));
    describe('retention', () => retention(context));
  });
}

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

function runs({ store, open }: Context): void {
  it('gives back every field of a run as it was written', async () => {
    const run = aRun('r1', {
      file: '/project/release.yaml',
      inputs: { version: '1.2.3', deep: { list: [1, null, 'ü'] } },
      outputs: { url: 'https://example.org' },
      error: { code: 'EXIT_CODE', message: 'exit code 2', retryable: false, details: { code: 2 } },
      tags: ['nightly', 'a b'],
      parentRunId: 'r0',
      parentPath: 'deploy',
      suspendedOn: [{ step: 'approve' }],
      wakeAt: 1_800_000_000_001,
      finishedAt: 1_700_000_000_999,
      pinned: { now: 1_700_000_000_000, uuid: ['a'] },
      owner: 'somebody',
      leaseUntil: 1_700_000_030_000,
      seq: 7,
    });
    await store().commit([{ runId: 'r1', create: { ...run, source: 'name: x', plan: '{}' } }]);
    expect(await store().run('r1')).toEqual(run);
    expect(await (await open()).run('r1')).toEqual(run);
  });

  it('leaves out what a run does not have', async () => {
    await store().commit([begin('r1')]);
    expect(await store().run('r1')).toEqual(aRun('r1'));
    expect(await store().run('r2')).toBeUndefined();
    expect(await store().image('r2')).toBeUndefined();
  });

  it('changes only the columns that are named, and clears those set to null', async () => {
    await store().commit([begin('r1', { wakeAt: 5, suspendedOn: 'approve', tags: ['x'] })]);
    await store().commit([
      {
        runId: 'r1',
        run: { status: 'success', wakeAt: null, suspendedOn: null, outputs: { a: 1 }, finishedAt: 9 },
      },
    ]);
    expect(await store().run('r1')).toEqual(
      aRun('r1', { status: 'success', outputs: { a: 1 }, finishedAt: 9, tags: ['x'] }),
    );
  });

  it('keeps integers exactly up to 2^53 - 1', async () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const times = [largest, 2 ** 31, 2 ** 31 - 1, -(2 ** 31) - 1, 2 ** 32 + 1, 2 ** 52 + 1, 0];
    for (const [index, time] of times.entries()) {
      await store().commit([begin(`r${index}`, { startedAt: time, wakeAt: -time, seq: Math.abs(time) })]);
      expect(await store().run(`r${index}`)).toMatchObject({
        startedAt: time,
        wakeAt: -time + 0,
        seq: Math.abs(time),
      });
    }
  });

  it('keeps any text: emoji, control characters, zero bytes, quotes, emptiness', async () => {
    const texts = ['', '\0', 'a\0b', 'it\'s "quoted"', 'naïve 🦊 \u{10ffff}', '\r\n\t', 'x'.repeat(300_000)];
    await store().commit([begin('r1', { inputs: { texts }, tags: texts })]);
    await store().commit([
      { runId: 'r1', steps: texts.map((reason, index) => aStep(`s${index}`, { reason })) },
    ]);
    expect((await store().run('r1'))?.inputs).toEqual({ texts });
    expect((await store().steps('r1')).map(({ reason }) => reason)).toEqual(texts);
  });

  it('lists newest first and filters by workflow, status, tag and parent', async () => {
    await store().commit([
      begin('r1', { startedAt: 1, tags: ['a'] }),
      begin('r2', { startedAt: 2, tags: ['b', 'a'], status: 'failed' }),
      begin('r3', { startedAt: 3, workflow: 'other', parentRunId: 'r1', status: 'suspended' }),
    ]);
    const ids = async (filter?: Parameters<Store['runs']>[0]): Promise<string[]> =>
      (await store().runs(filter)).map(({ runId }) => runId);
    expect(await ids()).toEqual(['r3', 'r2', 'r1']);
    expect(await ids({ limit: 2 })).toEqual(['r3', 'r2']);
    expect(await ids({ workflow: 'release' })).toEqual(['r2', 'r1']);
    expect(await ids({ status: ['failed', 'suspended'] })).toEqual(['r3', 'r2']);
    expect(await ids({ status: [] })).toEqual([]);
    expect(await ids({ tag: 'a' })).toEqual(['r2', 'r1']);
    expect(await ids({ parentRunId: 'r1' })).toEqual(['r3']);
    expect(await ids({ tag: 'a', status: ['running'], workflow: 'release', limit: 5 })).toEqual(['r1']);
  });

  it('finds ids by their beginning, newest first, at most 20', async () => {
    await store().commit(
      Array.from({ length: 25 }, (_, n) => begin(`ab${String(n).padStart(2, '0')}`, { startedAt: n })),
    );
    await store().commit([begin('ac'), begin('a_')]);
    expect(await store().runIds('ab')).toEqual(
      Array.from({ length: 20 }, (_, n) => `ab${24 - n < 10 ? '0' : ''}${24 - n}`),
    );
    expect(await store().runIds('ac')).toEqual(['ac']);
    expect(await store().runIds('b')).toEqual([]);
  });

  it('keeps each run its own source and plan, even under equal hashes', async () => {
    await store().commit([
      { runId: 'r1', create: { ...aRun('r1'), source: 'one', plan: '{"p":1}' } },
      { runId: 'r2', create: { ...aRun('r2'), source: 'two', plan: '{"p":2}' } },
    ]);
    expect(await store().image('r1')).toMatchObject({ source: 'one', plan: '{"p":1}' });
    expect(await store().image('r2')).toMatchObject({ source: 'two', plan: '{"p":2}' });
  });
}

function commits({ store, open }: Context): void {
  it('applies all batches or none', async () => {
    await store().commit([begin('r1')]);
    const failing = store().commit([
      {
        runId: 'r1',
        run: { status: 'success' },
        steps: [aStep('a')],
        actors: [{ path: 'run', snapshot: '{}', children: '[]' }],
      },
      { runId: 'nobody', run: { status: 'success' } },
    ]);
    await expect(failing).rejects.toMatchObject({ code: 'STORE_UNKNOWN_RUN', exitCode: 5 });
    expect((await store().run('r1'))?.status).toBe('running');
    expect(await store().steps('r1')).toEqual([]);
    expect((await store().image('r1'))?.actors).toEqual([]);
  });

  it('refuses a run that exists already and leaves it untouched', async () => {
    await store().commit([begin('r1', { workflow: 'first' })]);
    await expect(store().commit([begin('r1', { workflow: 'second' })])).rejects.toMatchObject({
      code: 'STORE_RUN_EXISTS',
    });
    expect((await store().run('r1'))?.workflow).toBe('first');
  });

  it('refuses every kind of row of an unknown run', async () => {
    const actor = { path: 'run', snapshot: '{}', children: '[]' };
    const timer = { id: 't', actorPath: 'run', name: 'n', step: 'a', dueAt: 1, policy: 'absolute' as const };
    for (const rows of [
      { actors: [actor] },
      { journal: { seq: 1, ts: 1, entries: '[]' } },
      { steps: [aStep('a')] },
      { timers: [timer] },
      { compensations: [{ path: 'a', status: 'armed' as const }] },
    ]) {
      await expect(store().commit([{ runId: 'nobody', ...rows }])).rejects.toMatchObject({
        code: 'STORE_UNKNOWN_RUN',
      });
    }
    await expect(store().send('nobody', { type: 'CANCEL' }, 1)).rejects.toMatchObject({
      code: 'STORE_UNKNOWN_RUN',
    });
  });

  it('is there for whoever opens the store next', async () => {
    await store().commit([
      begin('r1'),
      { runId: 'r1', steps: [aStep('a')], journal: { seq: 1, ts: 2, entries: '[]' } },
    ]);
    await store().close();
    const next = await open();
    expect((await next.image('r1'))?.run).toEqual(aRun('r1', { seq: 1 }));
    expect(await next.steps('r1')).toEqual([aStep('a')]);
  });

  it('does its work before the call returns', async () => {
    const other = await open();
    void store().commit([begin('r1')]);
    expect(await other.run('r1')).toBeDefined();
  });

  it('refuses to work once closed, and can be closed twice', async () => {
    await store().commit([begin('r0')]);
    await store().inbox(['r1']);
    await store().close();
    await store().close();
    await expect(store().commit([begin('r1')])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(store().run('r1')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(store().inbox(['r1'])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('does nothing for an empty list of batches', async () => {
    await store().commit([]);
    expect(await store().runs()).toEqual([]);
  });
}

function rows({ store }: Context): void {
  it('replaces actors by path and removes those that are gone', async () => {
    await store().commit([begin('r1'), begin('r2')]);
    const actor = (path: string, snapshot: string) => ({ path, snapshot, children: '[]' });
    await store().commit([
      { runId: 'r1', actors: [actor('run', '1'), actor('run/body', '1'), actor('run/body/a', '1')] },
    ]);
    await store().commit([{ runId: 'r2', actors: [actor('run', 'other')] }]);
    await store().commit([
      { runId: 'r1', actors: [actor('run', '2')], actorsGone: ['run/body/a', 'run/never'] },
    ]);
    expect((await store().image('r1'))?.actors).toEqual([actor('run', '2'), actor('run/body', '1')]);
    expect((await store().image('r2'))?.actors).toEqual([actor('run', 'other')]);
  });

  it('lets an actor go and come back in one batch', async () => {
    const actor = { path: 'run/body/a', snapshot: 'new', children: '[]' };
    await store().commit([begin('r1'), { runId: 'r1', actors: [{ ...actor, snapshot: 'old' }] }]);
    await store().commit([{ runId: 'r1', actorsGone: [actor.path], actors: [actor] }]);
    expect((await store().image('r1'))?.actors).toEqual([actor]);
  });

  it('keeps the journal in order, gives parts of it, and moves the run along', async () => {
    await store().commit([begin('r1')]);
    const row = (seq: number) => ({
      seq,
      ts: seq * 10,
      entries: JSON.stringify([{ path: 'run', event: { type: `e${seq}` } }]),
    });
    for (const seq of [1, 2, 3, 4]) await store().commit([{ runId: 'r1', journal: row(seq) }]);
    expect(await store().journal('r1')).toEqual([1, 2, 3, 4].map(row));
    expect(await store().journal('r1', { from: 2, limit: 2 })).toEqual([2, 3].map(row));
    expect(await store().journal('r2')).toEqual([]);
    expect((await store().run('r1'))?.seq).toBe(4);
  });

  it('never writes a journal row twice', async () => {
    await store().commit([begin('r1'), { runId: 'r1', journal: { seq: 1, ts: 1, entries: '["first"]' } }]);
    await expect(
      store().commit([{ runId: 'r1', journal: { seq: 1, ts: 2, entries: '[]' } }]),
    ).rejects.toThrow();
    expect(await store().journal('r1')).toEqual([{ seq: 1, ts: 1, entries: '["first"]' }]);
  });

  it('replaces and removes timers by id', async () => {
    const common = { actorPath: 'run', step: 'a[1]', policy: 'restart' as const, remainingMs: 3 };
    const timer = (id: string, dueAt: number) => ({ ...common, id, name: id, dueAt });
    await store().commit([begin('r1'), begin('r2')]);
    await store().commit([
      { runId: 'r1', timers: [timer('a', 9), timer('b', 8)] },
      { runId: 'r2', timers: [timer('a', 1)] },
    ]);
    await store().commit([{ runId: 'r1', timers: [timer('b', 2 ** 41)], timersGone: ['never'] }]);
    expect(await store().timers()).toEqual([
      { ...timer('a', 1), runId: 'r2' },
      { ...timer('a', 9), runId: 'r1' },
      { ...timer('b', 2 ** 41), runId: 'r1' },
    ]);
    await store().commit([{ runId: 'r1', timersGone: ['a'] }]);
    expect(await store().timers('r1')).toEqual([{ ...timer('b', 2 ** 41), runId: 'r1' }]);
    expect((await store().image('r1'))?.timers).toEqual([timer('b', 2 ** 41)]);
  });

  it('replaces compensations by path and gives them in completion order', async () => {
    const error = { code: 'HTTP_STATUS', message: '500', retryable: true };
    await store().commit([begin('r1')]);
    await store().commit([
      {
        runId: 'r1',
        compensations: [
          { path: 'a', status: 'armed' },
          { path: 'b', status: 'ready', order: 1 },
        ],
      },
    ]);
    await store().commit([
      { runId: 'r1', compensations: [{ path: 'a', status: 'failed', order: 2, error }] },
    ]);
    const expected = [
      { path: 'b', status: 'ready', order: 1 },
      { path: 'a', status: 'failed', order: 2, error },
    ];
    expect(await store().compensations('r1')).toEqual(expected);
    expect((await store().image('r1'))?.compensations).toEqual(expected);
  });
}

function steps({ store }: Context): void {
  it('gives back every field of a step as it was written', async () => {
    const step = aStep('build', {
      epoch: 2,
      attempt: 3,
      kind: 'http',
      status: 'failed',
      outcome: 'skipped',
      reason: 'allowed to fail',
      output: { list: [1, 'x'] },
      raw: { stdout: 'out', exitCode: 1 },
      error: { code: 'EXIT_CODE', message: 'x', retryable: true, attempt: 3 },
      startedAt: 1_700_000_000_001,
      finishedAt: 1_700_000_000_002,
      processGroup: 4711,
    });
    await store().commit([
      begin('r1'),
      { runId: 'r1', steps: [step, aStep('b', { output: null }), aStep('c', { output: false })] },
    ]);
    expect(await store().steps('r1')).toEqual([
      step,
      aStep('b', { output: null }),
      aStep('c', { output: false }),
    ]);
  });

  it('gives the latest epoch and attempt of each path, in the order in which paths first appeared', async () => {
    await store().commit([begin('r1'), begin('r2')]);
    await store().commit([
      { runId: 'r1', steps: [aStep('z', { status: 'failed' }), aStep('a')] },
      { runId: 'r2', steps: [aStep('q')] },
    ]);
    await store().commit([
      { runId: 'r1', steps: [aStep('m', { status: 'running' }), aStep('z', { attempt: 2 })] },
    ]);
    await store().commit([
      { runId: 'r1', steps: [aStep('m'), aStep('a', { epoch: 1, attempt: 1, status: 'skipped' })] },
    ]);
    const latest = [aStep('z', { attempt: 2 }), aStep('a', { epoch: 1, status: 'skipped' }), aStep('m')];
    expect(await store().steps('r1')).toEqual(latest);
    expect(await store().steps('r1', { all: true })).toEqual([
      aStep('z', { status: 'failed' }),
      aStep('z', { attempt: 2 }),
      aStep('a'),
      aStep('a', { epoch: 1, status: 'skipped' }),
      aStep('m'),
    ]);
    const visited: unknown[] = [];
    await store().eachStep('r1', (row) => visited.push(row));
    expect(visited).toEqual(latest);
  });

  it('replaces a row of the same epoch and attempt, dropping what the new one does not have', async () => {
    await store().commit([
      begin('r1'),
      { runId: 'r1', steps: [aStep('a', { status: 'running', processGroup: 9, startedAt: 5 })] },
    ]);
    await store().commit([{ runId: 'r1', steps: [aStep('a', { output: 1 })] }]);
    expect(await store().steps('r1', { all: true })).toEqual([aStep('a', { output: 1 })]);
  });

  it('finds steps by the beginning of their path', async () => {
    const paths = ['test', 'test[0]', 'test[1]', 'test[0]/inner', 'tesu', 'tes'];
    await store().commit([begin('r1'), { runId: 'r1', steps: paths.map((path) => aStep(path)) }]);
    const found = async (prefix: string) => (await store().steps('r1', { prefix })).map(({ path }) => path);
    expect(await found('test[')).toEqual(['test[0]', 'test[1]', 'test[0]/inner']);
    expect(await found('test')).toEqual(['test', 'test[0]', 'test[1]', 'test[0]/inner']);
    expect(await found('none')).toEqual([]);
  });

  it('visits long ledgers completely, once each, also where pages meet', async () => {
    await store().commit([begin('r1')]);
    const count = 2_345;
    await store().commit([
      {
        runId: 'r1',
        steps: Array.from({ length: count }, (_, n) => aStep(`s${n}`, { attempt: 1, status: 'failed' })),
      },
    ]);
    await store().commit([
      {
        runId: 'r1',
        steps: Array.from({ length: count }, (_, n) => aStep(`s${n}`, { attempt: 2 })).filter(
          (_, n) => n % 3 === 0,
        ),
      },
    ]);
    const visited: string[] = [];
    await store().eachStep('r1', ({ path, attempt }) => visited.push(`${path}:${attempt}`));
    expect(visited).toEqual(Array.from({ length: count }, (_, n) => `s${n}:${n % 3 === 0 ? 2 : 1}`));
  });

  it('gives back values too large for a row as they were, also superseded ones', async () => {
    const large = { text: 'ü'.repeat(40_000), number: 7 };
    const raw = { stdout: 'o'.repeat(70_000) };
    const first = aStep('a', { output: [large], raw, status: 'failed' });
    const second = aStep('a', { output: large, raw, attempt: 2 });
    await store().commit([
      begin('r1'),
      { runId: 'r1', steps: [first, second, aStep('b', { output: 'x'.repeat(60_000) })] },
    ]);
    expect(await store().steps('r1', { all: true })).toEqual([
      first,
      second,
      aStep('b', { output: 'x'.repeat(60_000) }),
    ]);
    const visited: unknown[] = [];
    await store().eachStep('r1', (row) => visited.push(row.output));
    expect(visited).toEqual([large, 'x'.repeat(60_000)]);
  });

  it('leaves references to blobs alone, and whatever else looks like one', async () => {
    const ref = store().blobs.put(Buffer.from('bytes'), 'r1');
    const outputs = [ref, `@${'0'.repeat(64)}`, { blob: '0'.repeat(64), bytes: 1 }, '@', `@${ref.blob}`];
    await store().commit([
      begin('r1'),
      { runId: 'r1', steps: outputs.map((output, n) => aStep(`s${n}`, { output })) },
    ]);
    expect((await store().steps('r1')).map(({ output }) => output)).toEqual(outputs);
  });
}

function ownership({ store, open }: Context): void {
  const now = 1_700_000_000_000;

  it('claims a run nobody owns, and says so when there is no such run', async () => {
    await store().commit([begin('r1')]);
    expect(await store().claim('r1', now, 30_000)).toEqual({ claimed: true });
    expect(await store().run('r1')).toMatchObject({ owner: store().owner, leaseUntil: now + 30_000 });
    expect(await store().claim('r1', now + 1, 30_000)).toEqual({ claimed: true });
    expect(await store().claim('r2', now, 30_000)).toEqual({ claimed: false, reason: 'missing' });
  });

  it('refuses a run that another live owner has, until its lease ends', async () => {
    const other = await open();
    expect(other.owner).not.toBe(store().owner);
    await store().commit([begin('r1', { owner: store().owner, leaseUntil: now + 30_000 })]);
    const refused = { claimed: false, reason: 'owned', owner: store().owner, leaseUntil: now + 30_000 };
    expect(await other.claim('r1', now + 29_999, 30_000)).toEqual(refused);
    expect(await other.claim('r1', now + 30_000, 30_000)).toEqual({ claimed: true });
  });

  it('tells whether somebody runs a run, by the same rule as for taking it over, and takes nothing', async () => {
    const other = await open();
    await store().commit([begin('r1')]);
    await store().claim('r1', now, 30_000);
    const owned = async (at: number) => other.isOwned((await other.run('r1')) ?? {}, at);
    expect(await owned(now + 29_999)).toBe(true);
    expect(await owned(now + 30_000)).toBe(false);
    await store().close();
    expect(await owned(now)).toBe(false);
    expect(await other.isOwned({}, now)).toBe(false);
  });

  it('sees at once that an owner is gone, without waiting for its lease', async () => {
    const other = await open();
    await store().commit([begin('r1', { owner: store().owner, leaseUntil: now + 1e9 })]);
    await store().close();
    expect(await other.claim('r1', now, 30_000)).toEqual({ claimed: true });
  });

  it('refuses commits of a run that somebody else took over', async () => {
    const other = await open();
    await store().commit([begin('r1', { owner: store().owner, leaseUntil: now })]);
    await other.claim('r1', now + 1, 30_000);
    const late = store().commit([{ runId: 'r1', run: { status: 'success' } }]);
    await expect(late).rejects.toMatchObject({ code: 'STORE_RUN_TAKEN', exitCode: 5 });
    expect((await other.run('r1'))?.status).toBe('running');
  });

  it('extends the leases of this owner only', async () => {
    const other = await open();
    await store().commit([
      begin('r1', { owner: store().owner, leaseUntil: now }),
      begin('r2', { owner: other.owner, leaseUntil: now }),
    ]);
    await store().heartbeat(now + 5, 30_000);
    expect((await store().run('r1'))?.leaseUntil).toBe(now + 30_005);
    expect((await store().run('r2'))?.leaseUntil).toBe(now);
  });

  it('gives up a run only if it is its own', async () => {
    const other = await open();
    await store().commit([begin('r1', { owner: store().owner, leaseUntil: now + 30_000 })]);
    await other.release('r1');
    expect((await store().run('r1'))?.owner).toBe(store().owner);
    await store().release('r1');
    expect(await store().run('r1')).toEqual(aRun('r1'));
    expect(await other.claim('r1', now, 30_000)).toEqual({ claimed: true });
  });
}

function inbox({ store, open }: Context): void {
  it('brings events of other processes to whoever asks for the run, oldest first, until they are done', async () => {
    const other = await open();
    await store().commit([begin('r1'), begin('r2')]);
    expect(await store().inbox(['r1', 'r2'])).toEqual([]);
    await other.send('r1', { type: 'PAUSE' }, 11);
    await other.send('r2', { type: 'CANCEL', reason: 'enough' }, 12);
    await other.send('r1', { type: 'ANSWER', value: { ok: true } }, 13);
    const first = await store().inbox(['r1']);
    expect(first.map(({ event, createdAt, runId }) => ({ event, createdAt, runId }))).toEqual([
      { runId: 'r1', event: { type: 'PAUSE' }, createdAt: 11 },
      { runId: 'r1', event: { type: 'ANSWER', value: { ok: true } }, createdAt: 13 },
    ]);
    expect(await store().inbox(['r1'])).toEqual(first);
    await store().commit([{ runId: 'r1', inboxDone: [first[0]?.id ?? -1] }]);
    expect(await store().inbox(['r1'])).toEqual(first.slice(1));
    expect((await store().inbox(['r2', 'r1'])).map(({ event }) => event.type)).toEqual(['CANCEL', 'ANSWER']);
    expect(await store().inbox([])).toEqual([]);
  });

  it('sees what it sent itself', async () => {
    await store().commit([begin('r1')]);
    expect(await store().inbox(['r1'])).toEqual([]);
    await store().send('r1', { type: 'CANCEL' }, 1);
    expect(await store().inbox(['r1'])).toHaveLength(1);
  });

  it('sees events that came between two of its own commits', async () => {
    const other = await open();
    await store().commit([begin('r1')]);
    await store().inbox(['r1']);
    await other.send('r1', { type: 'CANCEL' }, 1);
    await store().commit([{ runId: 'r1', steps: [aStep('a')] }]);
    expect(await store().inbox(['r1'])).toHaveLength(1);
  });

  it('never gives an id twice', async () => {
    await store().commit([begin('r1')]);
    const ids: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      await store().send('r1', { type: 'PAUSE' }, n);
      const [row] = await store().inbox(['r1']);
      ids.push(row?.id ?? -1);
      await store().commit([{ runId: 'r1', inboxDone: [row?.id ?? -1] }]);
    }
    expect(new Set(ids).size).toBe(3);
  });
}
