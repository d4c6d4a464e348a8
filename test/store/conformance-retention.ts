/** What every Store must do with runs that are not to be kept, and with what is only theirs. */
import { expect, it } from 'vitest';
import type { DedupRow, RunBatch, RunStatus, Store } from '../../src/store/port.ts';
import { anArtifact } from './conformance-artifacts.ts';
import { aStep, begin } from './fixtures.ts';

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

const LARGE = 'x'.repeat(100_000);

/** A run that has ended. */
const ended = (runId: string, startedAt: number, changes: object = {}): RunBatch =>
  begin(runId, { status: 'success', startedAt, finishedAt: startedAt + 5, ...changes });

export function retention(context: Context): void {
  whichRuns(context);
  whatGoes(context);
  blobsThatStay(context);
}

function whichRuns({ store }: Context): void {
  it('tells which ended runs of a workflow a rule does not keep, oldest first', async () => {
    const runs = [1, 2, 3, 4].map((n) => ended(`r${n}`, n * 100));
    await store().commit([...runs, begin('live', { startedAt: 1 }), ended('x', 1, { workflow: 'other' })]);
    await store().commit([ended('child', 1, { parentRunId: 'r4' })]);
    const expired = async (rule: object, limit?: number): Promise<string[]> =>
      (await store().retention.expired('release', rule, limit)).map(({ runId }) => runId);
    expect(await expired({ keep: 1 })).toEqual(['r1', 'r2', 'r3']);
    expect(await expired({ keep: 4 })).toEqual([]);
    expect(await expired({ endedBefore: 205 })).toEqual(['r1']);
    expect(await expired({ endedBefore: 206 })).toEqual(['r1', 'r2']);
    expect(await expired({ keep: 3, endedBefore: 206 })).toEqual(['r1', 'r2']);
    expect(await expired({ keep: 1 }, 2)).toEqual(['r1', 'r2']);
    expect(await expired({})).toEqual([]);
    expect(await store().retention.expired('release', { keep: 3 })).toEqual([
      { runId: 'r1', status: 'success', startedAt: 100, endedAt: 105 },
    ]);
  });

  it('knows each workflow with the plan of its newest run', async () => {
    const planned = (id: string, startedAt: number, plan: string): RunBatch => {
      const { runId, create } = ended(id, startedAt);
      return { runId, ...(create && { create: { ...create, plan } }) };
    };
    await store().commit([planned('r1', 1, '{"n":1}'), planned('r2', 2, '{"n":2}')]);
    await store().commit([ended('x', 1, { workflow: 'another' })]);
    expect(await store().retention.workflows()).toEqual([
      { workflow: 'another', plan: '{"steps":[]}' },
      { workflow: 'release', plan: '{"n":2}' },
    ]);
  });

  it.each(['running', 'paused', 'suspended'] satisfies RunStatus[])(
    'does not forget a run that is %s, nor one with such a child',
    async (status) => {
      await store().commit([begin('r1', { status }), ended('r2', 1)]);
      await store().commit([begin('child', { status, parentRunId: 'r2' })]);
      expect(await store().retention.forget(['r1', 'r2', 'none'], 1)).toEqual([]);
      expect(await store().run('r2')).toBeDefined();
    },
  );

  it('does not forget a run that somebody works on, nor one with something to be cleaned up', async () => {
    const leftovers = [{ key: 'k', kind: 'git', what: {} }];
    await store().commit([ended('r1', 1), ended('r2', 1)]);
    await store().commit([{ runId: 'r2', leftovers }]);
    await store().claim('r1', 1000, 1000);
    expect(await store().retention.forget(['r1', 'r2'], 1500)).toEqual([]);
    await store().release('r1');
    await store().leftovers.remove('r2', 'k');
    expect(await store().retention.forget(['r1', 'r2'], 1500)).toEqual(['r1', 'r2']);
  });
}

function whatGoes({ store, open }: Context): void {
  it('forgets a run with the runs it began, at once and for everybody', async () => {
    const another = await open();
    await store().commit([ended('r1', 1), ended('r2', 2)]);
    await store().commit([ended('child', 1, { parentRunId: 'r1' })]);
    await store().commit([ended('grandchild', 1, { parentRunId: 'child' })]);
    expect((await store().retention.forget(['r1'], 9)).sort()).toEqual(['child', 'grandchild', 'r1']);
    expect((await another.runs()).map(({ runId }) => runId)).toEqual(['r2']);
    expect(await another.image('r1')).toBeUndefined();
    expect(await another.image('r2')).toMatchObject({ plan: '{"steps":[]}', source: 'name: r2' });
    expect(await another.retention.forgotten()).toEqual(['child', 'grandchild', 'r1']);
    expect(await another.retention.forget(['r1'], 9)).toEqual([]);
  });

  it('clears what hangs on a forgotten run, and nothing of others', async () => {
    const rows: Omit<RunBatch, 'runId'> = {
      journal: { seq: 1, ts: 1, entries: '[]' },
      steps: Array.from({ length: 5000 }, (_, n) => aStep(`s${n}`)),
      actors: [{ path: 'run', snapshot: '{}', children: '[]' }],
      compensations: [{ path: 'a', status: 'done' }],
    };
    await store().commit([ended('r1', 1), ended('r2', 2)]);
    await store().commit([
      { runId: 'r1', ...rows },
      { runId: 'r2', ...rows, steps: [aStep('a')] },
    ]);
    for (const runId of ['r1', 'r2']) {
      await store().artifacts.put(anArtifact(runId), [], false);
      await store().publish({ name: 'n', data: 1, scope: runId, ts: 1, expiresAt: 9e15 });
    }
    const forgotten = await store().retention.forget(['r1'], 9);
    for (const runId of forgotten) await store().retention.clear(runId);
    expect(await store().steps('r1', { all: true })).toEqual([]);
    expect(await store().journal('r1')).toEqual([]);
    expect(await store().compensations('r1')).toEqual([]);
    expect(await store().artifacts.of('r1')).toEqual([]);
    expect((await store().events(['n'], 2)).map(({ scope }) => scope)).toEqual(['r2']);
    expect(await store().retention.forgotten()).toEqual([]);
    expect(await store().steps('r2')).toHaveLength(1);
    expect(await store().journal('r2')).toHaveLength(1);
    expect(await store().compensations('r2')).toHaveLength(1);
    expect(await store().artifacts.of('r2')).toHaveLength(1);
    await store().retention.clear('r1');
  });
}

function blobsThatStay({ store, open }: Context): void {
  const forget = async (...runIds: string[]): Promise<{ blobs: number; bytes: number }> => {
    for (const runId of await store().retention.forget(runIds, 9)) await store().retention.clear(runId);
    return store().retention.collectBlobs();
  };
  const blob = (text: string, runId: string) => store().blobs.put(Buffer.from(text), runId);
  const memo = (runId: string, output: DedupRow['output']): DedupRow => ({
    scope: 'memo',
    hash: 'f'.repeat(64),
    label: 'shell',
    fingerprint: 'f',
    workflow: 'release',
    kind: 'shell',
    runId,
    path: 'a',
    status: 'done',
    since: 1,
    finishedAt: 1,
    expiresAt: 1000,
    ...(output !== undefined && { output }),
  });

  it('removes the blobs that only a forgotten run needed', async () => {
    await store().commit([ended('r1', 1), ended('r2', 2)]);
    const [mine, shared] = [blob('mine', 'r1'), blob('shared', 'r1')];
    await store().commit([
      {
        runId: 'r1',
        steps: [aStep('a', { output: LARGE }), aStep('b', { output: { deep: [{ ...shared }] } })],
      },
      { runId: 'r2', steps: [aStep('a', { output: shared })] },
    ]);
    expect(await forget('r1')).toEqual({ blobs: 2, bytes: 4 + 100_002 });
    expect(store().blobs.get(mine.blob)).toBeUndefined();
    expect(Buffer.from(store().blobs.get(shared.blob) ?? []).toString()).toBe('shared');
    expect(await store().steps('r2')).toMatchObject([{ output: shared }]);
    expect(await forget('r2')).toEqual({ blobs: 1, bytes: 6 });
  });

  it.each([
    ['a step', (ref: object) => ({ steps: [aStep('a', { output: { ref } as never })] })],
    ['what a step printed', (ref: object) => ({ steps: [aStep('a', { raw: { ref } as never })] })],
    ['its outputs', (ref: object) => ({ run: { outputs: { ref } as never } })],
    [
      'a note',
      (ref: object) => ({
        notes: [{ path: 'a', epoch: 1, number: 1, attempt: 1, body: { ref } as never }],
      }),
    ],
    ['a large value', (ref: object) => ({ steps: [aStep('a', { output: { ref, large: LARGE } as never })] })],
  ])('keeps a blob that another run has in %s', async (_, rows) => {
    await store().commit([ended('r1', 1), ended('r2', 2)]);
    const ref = blob('shared', 'r1');
    await store().commit([{ runId: 'r2', ...rows(ref) }]);
    await forget('r1');
    expect(store().blobs.get(ref.blob)).toBeDefined();
    await forget('r2');
    expect(store().blobs.get(ref.blob)).toBeUndefined();
  });

  it('keeps a blob that a run was begun with, and one that an event carries', async () => {
    await store().commit([ended('r1', 1)]);
    const [given, sent] = [blob('given', 'r1'), blob('sent', 'r1')];
    await store().commit([ended('r2', 2, { inputs: { file: { ...given } } })]);
    await store().publish({ name: 'n', data: { ...sent }, ts: 1, expiresAt: 100 });
    await forget('r1');
    expect(store().blobs.get(given.blob)).toBeDefined();
    expect(store().blobs.get(sent.blob)).toBeDefined();
    await store().publish({ name: 'n', data: 0, ts: 200, expiresAt: 9e15 });
    await store().retention.collectBlobs({ all: true });
    expect(store().blobs.get(sent.blob)).toBeUndefined();
    expect(store().blobs.get(given.blob)).toBeDefined();
  });

  it('keeps the blobs of a remembered result, and those of a run that took it', async () => {
    await store().commit([ended('r1', 1), begin('r2')]);
    const ref = blob('result', 'r1');
    const large = { ref: { ...ref }, large: LARGE };
    await store().commit([{ runId: 'r1', dedup: [memo('r1', large)] }]);
    await forget('r1');
    const taken = await store().dedup.finished(memo('r2', undefined), 500, 'r2');
    expect(taken?.output).toEqual(large);
    expect(await store().dedup.prune(2000)).toBe(1);
    await store().retention.collectBlobs({ all: true });
    expect(store().blobs.get(ref.blob), 'r2 has it').toBeDefined();
    await store().commit([{ runId: 'r2', run: { status: 'success', finishedAt: 3 } }]);
    await forget('r2');
    await store().retention.collectBlobs({ all: true });
    expect(store().blobs.get(ref.blob)).toBeUndefined();
  });

  it('finds blobs that no row knows only when it is to look for them', async () => {
    await store().commit([begin('r1')]);
    const known = blob('known', 'r1');
    // As a power cut may leave it: the file is there, the row that names its holder is lost.
    const lost = blob('lost', 'nobody');
    await store().retention.clear('nobody');
    expect(await store().retention.collectBlobs()).toMatchObject({ blobs: 1 });
    expect(store().blobs.get(lost.blob)).toBeUndefined();
    expect(await store().retention.collectBlobs({ all: true })).toEqual({ blobs: 0, bytes: 0 });
    expect(store().blobs.get(known.blob)).toBeDefined();
  });

  it('does not remove what somebody has come to need since it was given up', async () => {
    const another = await open();
    await store().commit([ended('r1', 1), begin('r2')]);
    const ref = blob('same', 'r1');
    for (const runId of await store().retention.forget(['r1'], 9)) await store().retention.clear(runId);
    expect(another.blobs.put(Buffer.from('same'), 'r2')).toEqual(ref);
    const sink = another.blobs.open('r2');
    sink.write(Buffer.from('same'));
    expect(sink.end()).toEqual(ref);
    expect(await store().retention.collectBlobs()).toEqual({ blobs: 0, bytes: 0 });
    expect(another.blobs.get(ref.blob)).toBeDefined();
  });
}
