/** A pause and a cancel travel to sub-workflows, however deep, running or not, and back. */
import { describe, expect, test } from 'vitest';
import { cancelRun, listRuns, pauseRun, runScheduler, showRun, unpauseRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, die, finish, newWorld, openWorld, settled, type World } from '../runtime/test-project.ts';

const HOUR = 3_600_000;
const GRANDCHILD =
  'name: grandchild\nsteps: [{ id: ga, type: effect, gate: g }, { id: gb, type: effect, needs: ga }]\n';
const CHILD =
  'name: child\nsteps: [{ id: inner, workflow: ./grandchild.yaml }, { id: c, type: effect, needs: inner }]\n';
const PARENT =
  'name: parent\nsteps: [{ id: call, workflow: ./child.yaml }, { id: p, type: effect, needs: call }]\n';
const files = { 'child.yaml': CHILD, 'grandchild.yaml': GRANDCHILD };

const SLEEPER =
  'name: child\nsteps: [{ id: nap, type: sleep, duration: 1h }, { id: c, type: effect, needs: nap }]\n';

/** Status of every run, by workflow. */
async function statuses(world: World): Promise<Record<string, string>> {
  const runs = await listRuns(openWorld(world), {});
  return Object.fromEntries(runs.map(({ workflow, status }) => [workflow, status]));
}

async function goOn(world: World, runId: string): Promise<RunSession> {
  const unpause = await unpauseRun(openWorld(world), runId, { wait: true });
  if (!('handle' in unpause)) throw new Error('runs elsewhere');
  return unpause.handle as RunSession;
}

describe('a pause', () => {
  test('reaches grandchildren, and ends with the parent’s', async () => {
    const world = newWorld({ files });
    const run = await begin(openWorld(world), PARENT);
    await settled();
    run.pause();
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    expect(await statuses(world)).toEqual({ parent: 'paused', child: 'paused', grandchild: 'paused' });
    expect(world.effects.begun).toEqual(['ga']);
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
    expect(world.effects.begun).toEqual(['ga', 'gb', 'c', 'p']);
  });

  test('taken back in time lets grandchildren go on', async () => {
    const world = newWorld({ files });
    const run = await begin(openWorld(world), PARENT);
    await settled();
    run.pause();
    await settled();
    run.unpause();
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
  });

  test('of a run that nobody runs marks its sub-workflows too; no timer of theirs wakes it', async () => {
    const world = newWorld({ files: { 'child.yaml': SLEEPER } });
    const run = await begin(openWorld(world), PARENT, { wait: false });
    expect(await finish(world, run)).toMatchObject({ status: 'suspended' });
    expect(await statuses(world)).toEqual({ parent: 'suspended', child: 'suspended' });
    expect(await pauseRun(openWorld(world), run.runId)).toMatchObject({ delivered: 'marked' });
    expect(await statuses(world)).toEqual({ parent: 'paused', child: 'paused' });
    world.clock.advance(2 * HOUR);
    expect(await runScheduler(openWorld(world), { once: true })).toBe(0);
    expect(world.effects.begun).toEqual([]);
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
    expect(await statuses(world)).toEqual({ parent: 'success', child: 'success' });
  });

  test('of a run whose process died in the middle of it is kept for its sub-workflows', async () => {
    const world = newWorld({ files });
    const project = openWorld(world);
    const run = await begin(project, PARENT);
    await settled();
    run.pause();
    await settled();
    await die(project);
    world.effects.open('g');
    let over = false;
    void runScheduler(openWorld(world), { once: true }).then(() => (over = true));
    for (let turn = 0; turn < 100 && !over; turn++) {
      await settled();
      if (world.clock.next !== undefined) world.clock.advance(world.clock.next);
    }
    expect(await statuses(world)).toEqual({ parent: 'paused', child: 'paused', grandchild: 'paused' });
    expect(world.effects.begun).toEqual(['ga', 'ga']);
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
  });

  test('reaches the items of a fan-out that are sub-workflows, and none begins', async () => {
    const world = newWorld({ files: { 'child.yaml': GRANDCHILD.replace('grandchild', 'child') } });
    const source =
      'name: parent\nsteps: [{ id: call, workflow: ./child.yaml, foreach: "[1, 2, 3]", concurrency: 2 }]\n';
    const run = await begin(openWorld(world), source);
    await settled();
    run.pause();
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    expect(world.effects.begun).toEqual(['ga', 'ga']);
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
    expect(world.effects.count('gb')).toBe(3);
  });

  test('leaves alone what ends a sub-workflow: its errors, undos and finally, for which the parent waits', async () => {
    const child =
      'name: child\nsteps: [{ id: a, type: effect, compensate: { id: u, type: effect, gate: u } }, { id: b, type: effect, needs: a, fail: true, retryable: false }]\nfinally: [{ id: f, type: effect }]\n';
    const world = newWorld({ files: { 'child.yaml': child } });
    const source = PARENT.replace('workflow: ./child.yaml', 'workflow: ./child.yaml, allowFailure: true');
    const run = await begin(openWorld(world), source);
    await settled();
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/a']);
    run.pause();
    await settled();
    expect(run.host.isPaused).toBe(false);
    world.effects.open('u');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    expect(world.effects.begun.slice(3)).toEqual(['finally/f']);
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
    expect(world.effects.begun.slice(4)).toEqual(['p']);
  });
});

describe('a cancel', () => {
  test('of a suspended or paused run reaches its sub-workflows: none is left behind', async () => {
    for (const how of ['suspended', 'paused', 'interrupted'] as const) {
      const world = newWorld({ files: { 'child.yaml': SLEEPER } });
      const project = openWorld(world);
      const run = await begin(project, PARENT, { wait: how === 'interrupted' });
      if (how === 'interrupted') {
        await settled();
        await die(project);
      } else await finish(world, run);
      if (how === 'paused') await pauseRun(openWorld(world), run.runId);
      const canceling = cancelRun(openWorld(world), run.runId);
      await settled();
      expect(await canceling).toMatchObject({ delivered: 'canceled-dormant' });
      expect(await statuses(world), how).toEqual({ parent: 'canceled', child: 'canceled' });
      expect(world.effects.begun).toEqual([]);
    }
  });

  test('ends a finally of the run itself, not that of a sub-workflow; a cancel of the sub-workflow does', async () => {
    const child =
      'name: child\nsteps: [{ id: a, type: effect }]\nfinally: [{ id: f, type: effect, hang: true }]\n';
    const world = newWorld({ files: { 'child.yaml': child } });
    const project = openWorld(world);
    const run = await begin(project, PARENT);
    await settled();
    run.cancel();
    run.cancel();
    await settled();
    expect(world.effects.running).toBe(1);
    const { engine, release } = await acquireEngine(project);
    const inner = engine.runs.find((host) => host.run.runId !== run.runId)?.run.runId ?? '';
    await release();
    expect(await cancelRun(project, inner)).toMatchObject({ delivered: 'sent' });
    expect(await finish(world, run)).toMatchObject({ status: 'canceled' });
    expect(await showRun(openWorld(world), inner)).toMatchObject({
      status: 'canceled',
      steps: { 'finally/f': { status: 'canceled' } },
    });
  });
});
