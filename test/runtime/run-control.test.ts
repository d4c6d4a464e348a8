import { describe, expect, test } from 'vitest';
import { cancelRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled, statuses } from './test-project.ts';

const HOUR = 3_600_000;

describe('pause', () => {
  const source = `
name: t
steps:
  - { id: running, type: effect, gate: g }
  - { id: next, type: effect, needs: running }
  - { id: nap, type: sleep, duration: 2h }
  - { id: again, type: effect, fail: 1, retry: { count: 1, backoff: fixed, baseDelay: 1h, jitter: false } }
  - { id: undone, type: effect, compensate: { id: u, type: effect } }
  - { id: items, type: effect, foreach: "[1, 2, 3]", concurrency: 1, gate: g }
  - { id: end, type: effect, needs: [next, nap, again, items] }
errors: [{ id: e, type: effect }]
finally: [{ id: f, type: effect }]
`;
  test('lets attempts end, begins nothing, undoes nothing, reports no failure, and goes on where it was', async () => {
    const world = newWorld();
    const first = await begin(openWorld(world), source);
    await settled();
    first.pause();
    await settled();
    expect(first.host.isPaused).toBe(false);
    world.effects.open('g');
    const paused = await finish(world, first);
    expect(paused).toMatchObject({ status: 'paused' });
    expect(paused.error).toBeUndefined();
    expect(world.effects.begun.toSorted()).toEqual(['again', 'items[0]', 'running', 'undone']);

    world.clock.advance(90 * 60_000);
    const second = await resume(openWorld(world), first.runId);
    await settled();
    world.clock.advance(0);
    await settled();
    // The back-off was over long ago, half an hour of the nap is left.
    expect(world.effects.count('again')).toBe(2);
    expect(world.clock.next).toBe(HOUR / 2);
    const result = await finish(world, second);
    expect(result.status).toBe('success');
    expect(result.durationMs).toBe(2 * HOUR);
    const { begun } = world.effects;
    expect(begun.filter((path) => path !== 'again').toSorted()).toEqual([
      'end',
      'finally/f',
      'items[0]',
      'items[1]',
      'items[2]',
      'next',
      'running',
      'undone',
    ]);
    expect(begun.slice(-2)).toEqual(['end', 'finally/f']);
  });

  test('a failure while pausing is not forgotten when the run goes on', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      'name: t\nsteps:\n  - { id: bad, type: effect, gate: b, fail: true, retryable: false }\n  - { id: a, type: effect, gate: g }\n  - { id: later, type: effect, needs: a }\n',
    );
    await settled();
    run.pause();
    world.effects.open('b');
    await settled();
    run.unpause();
    world.effects.open('g');
    const result = await finish(world, run);
    expect(result.status).toBe('failed');
    expect(result.steps.later).toMatchObject({
      status: 'skipped',
      skipReason: 'the run is failing: step bad failed',
    });
  });

  test('steps that wait for a slot give it up, and take their turn again', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      'name: t\nconcurrency: 1\nsteps:\n  - { id: a, type: effect, gate: g }\n  - { id: b, type: effect }\n',
    );
    await settled();
    run.pause();
    world.effects.open('g');
    expect((await finish(world, run)).status).toBe('paused');
    expect(world.effects.begun).toEqual(['a']);
    expect((await finish(world, await resume(openWorld(world), run.runId))).status).toBe('success');
  });

  test('a paused run can be canceled, and is then undone', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    run.pause();
    world.effects.open('g');
    await finish(world, run);
    const canceling = cancelRun(openWorld(world), run.runId);
    await settled();
    expect(await canceling).toMatchObject({ delivered: 'canceled-dormant', was: 'paused' });
    expect(world.effects.begun.slice(-2)).toEqual(['compensate/undone', 'finally/f']);
    expect(world.effects.begun).not.toContain('next');
  });
});

describe('suspending', () => {
  const source = `
name: t
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect } }
  - { id: nap, type: sleep, duration: 3d, needs: a }
  - { id: b, type: effect, needs: nap }
finally: [{ id: f, type: effect }]
`;
  test('a run that only waits leaves the process and says what it waits for', async () => {
    const world = newWorld();
    const run = await begin(openWorld(world), source, { wait: false });
    const result = await finish(world, run);
    expect(result).toMatchObject({ status: 'suspended', outputs: null });
    expect(result.suspendedOn).toEqual([
      {
        step: 'nap',
        kind: 'sleep',
        dueAt: run.host.run.startedAt + 72 * HOUR,
        answerWith: `keystone resume ${run.runId}`,
      },
    ]);
    expect(world.effects.begun).toEqual(['a']);
    // Too early: it suspends again and nothing is lost.
    world.clock.advance(HOUR);
    expect((await finish(world, await resume(openWorld(world), run.runId, { wait: false }))).status).toBe(
      'suspended',
    );
    world.clock.advance(72 * HOUR);
    const last = await finish(world, await resume(openWorld(world), run.runId, { wait: false }));
    expect(last).toMatchObject({ status: 'success', durationMs: 73 * HOUR });
    expect(world.effects.begun).toEqual(['a', 'b', 'finally/f']);
  });

  test('it stays for short waits, as long as asked', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      'name: t\nsteps:\n  - { id: s, type: sleep, duration: 10s }\n  - { id: l, type: sleep, duration: 1h, needs: s }\n',
      { wait: 60_000 },
    );
    const result = await finish(world, run);
    expect(result.status).toBe('suspended');
    expect(statuses(result)).toEqual({ s: 'success', l: 'suspended' });
  });

  test('canceling a suspended run undoes it without going on with it', async () => {
    const world = newWorld();
    const run = await begin(openWorld(world), source, { wait: false });
    await finish(world, run);
    const canceling = cancelRun(openWorld(world), run.runId);
    await settled();
    expect(await canceling).toMatchObject({ delivered: 'canceled-dormant', was: 'suspended' });
    expect(world.effects.begun).toEqual(['a', 'compensate/a', 'finally/f']);
  });
});

describe('cancel', () => {
  const source = `
name: t
steps:
  - { id: a, type: effect, ms: 10, compensate: { id: u, type: effect, ms: 10 } }
  - { id: b, type: effect, ms: 10, needs: a, fail: true, retry: { count: 1, backoff: fixed, baseDelay: 10ms, jitter: false } }
  - { id: c, type: effect, foreach: "[1, 2, 3]", ms: 10, concurrency: 2, needs: a }
errors: [{ id: e, type: effect, ms: 10 }]
finally: [{ id: f, type: effect, ms: 10 }]
`;
  test('at any moment: what was done is undone once, finally runs once, the run ends canceled or as it would have', async () => {
    for (let at = 0; at <= 80; at += 5) {
      const world = newWorld();
      const run = await begin(openWorld(world), source);
      for (let ms = 0; ms < at; ms += 5) {
        await settled();
        world.clock.advance(5);
      }
      await settled();
      run.cancel('enough');
      run.cancel('twice');
      const result = await finish(world, run);
      const began = world.effects.count('a');
      expect(['canceled', 'failed']).toContain(result.status);
      if (result.status === 'canceled')
        expect(result.error).toMatchObject({ code: 'CANCELED', message: 'enough' });
      expect([at, world.effects.count('compensate/a')]).toEqual([at, began]);
      expect([at, world.effects.count('finally/f')]).toEqual([at, 1]);
      expect(world.effects.running).toBe(0);
    }
  });

  test('every canceled step says why', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      `
name: t
concurrency: 1
steps:
  - { id: runs, type: effect, hang: true }
  - { id: queued, type: effect }
  - { id: nap, type: sleep, duration: 1h }
  - { id: back, type: sleep, duration: 1h, needs: runs }
`,
    );
    await settled();
    run.cancel('a reason');
    const result = await finish(world, run);
    for (const id of ['runs', 'queued', 'nap', 'back'])
      expect([id, result.steps[id]?.status, result.steps[id]?.skipReason]).toEqual([
        id,
        'canceled',
        'a reason',
      ]);
  });

  test('of an own run goes to it directly, of another process’s through its inbox', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, 'name: t\nsteps: [{ id: a, type: effect, hang: true }]\n');
    await settled();
    expect(await cancelRun(project, run.runId)).toMatchObject({ delivered: 'sent', was: 'running' });
    expect((await finish(world, run)).status).toBe('canceled');

    const other = await begin(project, 'name: t\nsteps: [{ id: a, type: effect, hang: true }]\n');
    await settled();
    expect(await cancelRun(openWorld(world), other.runId)).toMatchObject({ delivered: 'sent' });
    const { engine, release } = await acquireEngine(project);
    await engine.readInbox();
    await settled();
    expect((await other.result).status).toBe('canceled');
    expect(await engine.store.inbox([other.runId])).toEqual([]);
    await release();
  });
});

describe('ownership', () => {
  const source = 'name: t\nsteps: [{ id: a, type: effect, gate: g }]\n';
  test('a live run is refused to another process and to this one', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    for (const other of [project, openWorld(world)])
      await expect(resume(other, run.runId)).rejects.toMatchObject({ code: 'RUN_OWNED' });
    world.effects.open('g');
    expect((await finish(world, run)).status).toBe('success');
    await expect(resume(openWorld(world), run.runId)).rejects.toMatchObject({ code: 'RUN_SETTLED' });
    await expect(resume(openWorld(world), 'nosuchrun0')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(world.effects.count('a')).toBe(1);
  });

  test('the run of a dead process is taken over at once; its step is begun again', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    await die(project);
    world.effects.open('g');
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result).toMatchObject({ status: 'success' });
    expect(result.steps.a?.attempts).toBe(1);
    expect(world.effects.count('a')).toBe(2);
  });

  test('nothing of a finished run is left but its record', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    const run = await begin(
      project,
      'name: t\ntimeout: 1h\nsteps:\n  - { id: a, type: effect, timeout: 1m, totalTimeout: 5m }\n  - { id: e, type: effect, foreach: "[1, 2]", needs: a }\nfinally: [{ id: f, type: effect }]\n',
    );
    await finish(world, run);
    const image = await engine.store.image(run.runId);
    expect(image?.actors).toEqual([]);
    expect(image?.timers).toEqual([]);
    expect(image?.run.owner).toBeUndefined();
    expect(world.clock.armed).toBe(0);
    await release();
  });
});
