/** An ended run begins again from a step: what runs again, what is kept, and what a crash in the middle leaves. */
import { describe, expect, test } from 'vitest';
import { listRuns, previewRerun, readLogs, rerunRun, resolveRerun, showRun } from '../../src/app/index.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  settled,
  statuses,
  type World,
} from './test-project.ts';

async function rerun(world: World, runId: string, options: Parameters<typeof rerunRun>[2] = {}) {
  return (await rerunRun(openWorld(world), runId, { wait: true, ...options })) as RunSession;
}

/** What has begun since the last call. */
function since(world: World): string[] {
  const begun = world.effects.begun.toSorted();
  world.effects.log.length = 0;
  return begun;
}

const chain = `
name: t
steps:
  - { id: a, type: effect, value: "\${{ run.attempt }}" }
  - { id: b, type: effect, needs: a, value: "\${{ run.attempt }}", print: "at \${{ run.attempt }}" }
  - { id: c, type: effect, needs: b }
  - { id: other, type: effect }
finally: [{ id: f, type: effect }]
outputs: { a: "\${{ steps.a.output }}", b: "\${{ steps.b.output }}" }
`;
/** Fails the first time the run begins. */
const failing = `
name: t
steps:
  - { id: a, type: effect, compensate: { id: ua, type: effect } }
  - { id: bad, type: effect, fail: "\${{ run.attempt == 1 }}", retryable: false, needs: a }
  - { id: next, type: effect, needs: bad }
  - { id: nap, type: sleep, duration: 1s }
  - { id: late, type: effect, needs: nap }
errors: [{ id: e, type: effect }]
finally: [{ id: f, type: effect }]
`;

describe('rerun', () => {
  test('from a step: it and what depends on it run again, the rest is kept, history too', async () => {
    const world = newWorld();
    const first = await finish(world, await begin(openWorld(world), chain, { tags: ['nightly'] }));
    expect(first.outputs).toEqual({ a: 1, b: 1 });
    since(world);
    const project = openWorld(world);
    expect(await previewRerun(project, first.runId, { from: 'b' })).toMatchObject({
      attempt: 2,
      steps: [
        { path: 'b', why: '--from' },
        { path: 'c', why: 'depends on b' },
      ],
    });
    expect(since(world)).toEqual([]);
    world.clock.advance(5000);
    const again = await finish(world, await rerun(world, first.runId, { from: 'b' }));
    expect(again).toMatchObject({ status: 'success', outputs: { a: 1, b: 2 }, attempt: 2, durationMs: 0 });
    expect(since(world)).toEqual(['b', 'c', 'finally/f']);
    expect(again.steps.b).toMatchObject({ status: 'success', epoch: 2 });
    expect(again.steps.a?.epoch).toBeUndefined();

    const shown = await showRun(project, first.runId);
    expect(shown.steps.b?.former).toMatchObject([{ epoch: 1, status: 'success', output: 1 }]);
    const logs: string[] = [];
    for await (const { text } of readLogs(project, first.runId, 'b', { follow: false })) logs.push(text);
    expect(logs).toEqual(['at 1', 'at 2']);
    expect(await listRuns(project, { tag: 'nightly' })).toHaveLength(1);
    expect(await resolveRerun(project, 't')).toBe(first.runId);
  });

  test('only a step: what depends on it is kept', async () => {
    const world = newWorld();
    const first = await finish(world, await begin(openWorld(world), chain));
    since(world);
    const again = await finish(world, await rerun(world, first.runId, { from: 'a', only: true }));
    expect(again).toMatchObject({ status: 'success', outputs: { a: 2, b: 1 } });
    expect(since(world)).toEqual(['a', 'finally/f']);
  });

  test('from what failed: also what was skipped, not begun or undone because of it', async () => {
    const world = newWorld();
    const first = await finish(world, await begin(openWorld(world), failing));
    expect(first.status).toBe('failed');
    expect(since(world)).toEqual(['a', 'bad', 'compensate/a', 'errors/e', 'finally/f']);
    const { steps } = await previewRerun(openWorld(world), first.runId);
    expect(Object.fromEntries(steps.map(({ path, why }) => [path, why]))).toEqual({
      a: 'was undone',
      bad: 'failed',
      next: 'depends on bad',
      late: 'was not begun',
    });
    const again = await finish(world, await rerun(world, first.runId));
    expect(again.status).toBe('success');
    expect(again.error).toBeUndefined();
    expect(since(world)).toEqual(['a', 'bad', 'finally/f', 'late', 'next']);
    expect(statuses(again)).toEqual({
      a: 'success',
      bad: 'success',
      next: 'success',
      nap: 'success',
      late: 'success',
      'finally/f': 'success',
    });
    expect(again.compensations).toBeUndefined();
    await expect(rerun(world, first.runId)).rejects.toMatchObject({ code: 'NOTHING_FAILED' });
  });

  test('a failure that is kept stops nothing, and still fails the run; undos are due again', async () => {
    const source = `
name: t
on_failure: continue
steps:
  - { id: bad, type: effect, fail: true, retryable: false }
  - { id: a, type: effect, compensate: { id: u, type: effect } }
  - { id: b, type: effect, needs: a }
errors: [{ id: e, type: effect, value: "\${{ last_failed_step.id }}" }]
`;
    const world = newWorld();
    const first = await finish(world, await begin(openWorld(world), source));
    since(world);
    const again = await finish(world, await rerun(world, first.runId, { from: 'a', only: true }));
    expect(again).toMatchObject({ status: 'failed', error: { stepId: 'bad' } });
    expect(again.steps['errors/e']?.output).toBe('bad');
    expect(since(world)).toEqual(['a', 'compensate/a', 'errors/e']);
  });

  test('of a fan-out only the failed items run again', async () => {
    const source =
      'name: t\nsteps: [{ id: each, type: effect, foreach: "[1, 2, 3]", failFast: false, value: "${{ item }}", fail: "${{ item == 2 && run.attempt == 1 }}", retryable: false }]\noutputs: { all: "${{ steps.each.output }}" }\n';
    const world = newWorld();
    const first = await finish(world, await begin(openWorld(world), source));
    expect(first.status).toBe('failed');
    since(world);
    const again = await finish(world, await rerun(world, first.runId));
    expect(again).toMatchObject({ status: 'success', outputs: { all: [1, 2, 3] } });
    expect(since(world)).toEqual(['each[1]']);
    await finish(world, await rerun(world, first.runId, { from: 'each' }));
    expect(since(world)).toEqual(['each[0]', 'each[1]', 'each[2]']);
    await finish(world, await rerun(world, first.runId, { from: 'each[2]' }));
    expect(since(world)).toEqual(['each[2]']);
  });

  test('a canceled run goes on from what was canceled', async () => {
    const world = newWorld();
    const source =
      'name: t\nsteps:\n  - { id: a, type: effect }\n  - { id: b, type: effect, needs: a, gate: g }\n  - { id: c, type: effect, needs: b }\n';
    const run = await begin(openWorld(world), source);
    await settled();
    run.cancel('enough');
    expect(await finish(world, run)).toMatchObject({ status: 'canceled' });
    since(world);
    world.effects.open('g');
    const partly = await finish(world, await rerun(world, run.runId, { from: 'b', only: true }));
    expect(partly).toMatchObject({ status: 'failed', error: { code: 'CANCELED', stepId: 'c' } });
    expect(since(world)).toEqual(['b']);
    expect(await finish(world, await rerun(world, run.runId))).toMatchObject({ status: 'success' });
    expect(since(world)).toEqual(['c']);
  });

  test('a sub-workflow begins as a new run, its former run is kept', async () => {
    const world = newWorld({ files: { 'child.yaml': 'name: child\nsteps: [{ id: a, type: effect }]\n' } });
    const first = await finish(
      world,
      await begin(openWorld(world), 'name: t\nsteps: [{ id: c, workflow: ./child.yaml }]\n'),
    );
    await finish(world, await rerun(world, first.runId, { from: 'c' }));
    expect(world.effects.begun).toEqual(['a', 'a']);
    const children = await listRuns(openWorld(world), { parentRunId: first.runId });
    expect(children).toHaveLength(2);
    await expect(rerun(world, children[0]?.runId ?? '')).rejects.toMatchObject({ code: 'RUN_IS_CHILD' });
  });

  test('the timeout of the run counts from the rerun, the time between does not', async () => {
    const world = newWorld();
    const source =
      'name: t\ntimeout: 1h\nsteps: [{ id: a, type: effect }, { id: nap, type: sleep, duration: 30m, needs: a }]\n';
    const first = await finish(world, await begin(openWorld(world), source));
    world.clock.advance(86_400_000);
    expect(await finish(world, await rerun(world, first.runId, { from: 'a' }))).toMatchObject({
      status: 'success',
      durationMs: 1_800_000,
    });
  });

  test('secrets have to be given again, and nothing is changed before', async () => {
    const source = `name: t\ninputs: { token: { type: string, secret: true } }\n${chain.replace('\nname: t\n', '')}`;
    const world = newWorld();
    const inputs = { token: 'correct-horse' };
    const first = await finish(world, await begin(openWorld(world), source, { inputs }));
    await expect(rerun(world, first.runId, { from: 'b' })).rejects.toMatchObject({ code: 'INPUTS' });
    expect((await showRun(openWorld(world), first.runId)).status).toBe('success');
    const again = await finish(world, await rerun(world, first.runId, { from: 'b', inputs }));
    expect(again.status).toBe('success');
  });

  test('refuses runs that have not ended and steps there are not', async () => {
    const world = newWorld();
    const nap = await begin(openWorld(world), 'name: t\nsteps: [{ id: nap, type: sleep, duration: 3d }]\n', {
      wait: false,
    });
    await finish(world, nap);
    await expect(rerun(world, nap.runId)).rejects.toMatchObject({ code: 'RUN_NOT_SETTLED' });
    const ended = await finish(world, await begin(openWorld(world), chain));
    await expect(rerun(world, ended.runId, { from: 'oter' })).rejects.toMatchObject({
      code: 'STEP_NOT_FOUND',
      hint: 'did you mean other?',
    });
    await expect(rerun(world, ended.runId, { from: 'finally/f' })).rejects.toMatchObject({
      code: 'STEP_NOT_FOUND',
    });
  });

  test('a process that dies at any commit of it leaves a run that can be resumed, with the same end', async () => {
    for (let commits = 0; ; commits++) {
      const world = newWorld();
      const first = await finish(world, await begin(openWorld(world), failing));
      world.effects.log.length = 0;
      const project = openWorld(world);
      const isOver = await dieAfter(project, commits, () => rerunRun(project, first.runId, { wait: true }));
      const shown = await showRun(openWorld(world), first.runId);
      const again =
        shown.status === 'failed'
          ? await rerun(world, first.runId)
          : shown.status === 'success'
            ? undefined
            : await resume(openWorld(world), first.runId);
      const result = again === undefined ? shown : await finish(world, again);
      expect(statuses(result), `after ${commits} commits`).toEqual({
        a: 'success',
        bad: 'success',
        next: 'success',
        nap: 'success',
        late: 'success',
        'finally/f': 'success',
      });
      expect(result.compensations).toBeUndefined();
      if (isOver) break;
      expect(commits).toBeLessThan(100);
    }
  }, 60_000);
});

/** @returns whether the run ended before so many commits were made. */
async function dieAfter(
  project: ReturnType<typeof openWorld>,
  commits: number,
  start: () => Promise<{ result: Promise<unknown> }>,
): Promise<boolean> {
  const { acquireEngine } = await import('../../src/app/project.ts');
  const { engine } = await acquireEngine(project);
  const commit = engine.store.commit.bind(engine.store);
  let left = commits;
  engine.store.commit = (batches) => (left-- > 0 ? commit(batches) : new Promise(() => {}));
  let over = false;
  void start().then(
    ({ result }) => result.then(() => (over = true)),
    () => {},
  );
  await settled();
  await settled();
  if (!over) await die(project);
  return over;
}
