/** Pausing from another process: live runs, suspended ones, sub-workflows, and a process that dies while pausing. */
import { describe, expect, test } from 'vitest';
import { answerRun, pauseRun, runScheduler, showRun, unpauseRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

const HOUR = 3_600_000;
const two = `
name: t
steps:
  - { id: a, type: effect, gate: g }
  - { id: b, type: effect, needs: a }
`;

async function goOn(world: World, runId: string): Promise<RunSession> {
  const unpause = await unpauseRun(openWorld(world), runId, { wait: true });
  if (!('handle' in unpause)) throw new Error('runs elsewhere');
  return unpause.handle as RunSession;
}

/** What other processes have sent is looked for. */
async function look(project: ReturnType<typeof openWorld>): Promise<void> {
  const { engine, release } = await acquireEngine(project);
  await engine.readInbox();
  await release();
  await settled();
}

describe('pause', () => {
  test('of a run of another process: attempts end, then it leaves; unpause goes on here', async () => {
    const world = newWorld();
    const owner = openWorld(world);
    const run = await begin(owner, two);
    await settled();
    expect(await pauseRun(openWorld(world), run.runId)).toMatchObject({ delivered: 'sent', was: 'running' });
    await look(owner);
    expect(run.host.isPaused).toBe(false);
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    expect(world.effects.begun).toEqual(['a']);
    expect(await pauseRun(openWorld(world), run.runId)).toMatchObject({ delivered: 'paused-already' });
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
    expect(await pauseRun(openWorld(world), run.runId)).toMatchObject({ delivered: 'settled-already' });
  });

  test('can be taken back before it has come into force', async () => {
    const world = newWorld();
    const owner = openWorld(world);
    const run = await begin(owner, two);
    await settled();
    await pauseRun(openWorld(world), run.runId);
    expect(await unpauseRun(openWorld(world), run.runId)).toEqual({ runId: run.runId, delivered: 'sent' });
    world.effects.open('g');
    await look(owner);
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
  });

  test('can be taken back in the last moment, when the process that runs it has not looked yet', async () => {
    const world = newWorld();
    const owner = openWorld(world);
    const run = await begin(owner, two);
    await settled();
    await pauseRun(openWorld(world), run.runId);
    await look(owner);
    expect(await unpauseRun(openWorld(world), run.runId)).toEqual({ runId: run.runId, delivered: 'sent' });
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
  });

  test('of a suspended run: no scheduler goes on with it; waits, timers and answers are kept', async () => {
    const world = newWorld();
    const source =
      'name: t\nsteps:\n  - { id: nap, type: sleep, duration: 1h }\n  - { id: ask, type: human, message: "Go?" }\n  - { id: a, type: effect, needs: [nap, ask] }\n';
    const run = await finish(world, await begin(openWorld(world), source, { wait: false }));
    expect(await pauseRun(openWorld(world), run.runId)).toMatchObject({ delivered: 'marked' });
    world.clock.advance(2 * HOUR);
    await answerRun(openWorld(world), run.runId, 'ask', true);
    expect(await runScheduler(openWorld(world), { once: true })).toBe(0);
    expect(await showRun(openWorld(world), run.runId)).toMatchObject({
      status: 'paused',
      suspendedOn: [{ step: 'nap' }, { step: 'ask' }],
    });
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
  });

  test('reaches sub-workflows, which go on with their parent', async () => {
    const child =
      'name: child\nsteps: [{ id: ca, type: effect, gate: g }, { id: cb, type: effect, needs: ca }]\n';
    const world = newWorld({ files: { 'child.yaml': child } });
    const owner = openWorld(world);
    const run = await begin(
      owner,
      'name: t\nsteps: [{ id: c, workflow: ./child.yaml }, { id: b, type: effect, needs: c }]\n',
    );
    await settled();
    const { engine, release } = await acquireEngine(owner);
    const inner = engine.runs.find((host) => host.run.runId !== run.runId)?.run.runId ?? '';
    await release();
    expect(await pauseRun(openWorld(world), inner)).toMatchObject({ runId: run.runId, delivered: 'sent' });
    await look(owner);
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    expect(world.effects.begun).toEqual(['ca']);
    expect(await showRun(openWorld(world), inner)).toMatchObject({ status: 'paused' });
    expect(await finish(world, await goOn(world, inner))).toMatchObject({ status: 'success' });
    expect(world.effects.begun).toEqual(['ca', 'cb', 'b']);
  });

  test('a sub-workflow that is paused can be unpaused before all is quiet', async () => {
    const child =
      'name: child\nsteps: [{ id: ca, type: effect, gate: g }, { id: cb, type: effect, needs: ca }]\n';
    const world = newWorld({ files: { 'child.yaml': child } });
    const run = await begin(
      openWorld(world),
      'name: t\nsteps: [{ id: c, workflow: ./child.yaml }, { id: h, type: effect, gate: h }]\n',
    );
    await settled();
    run.pause();
    world.effects.open('g');
    await settled();
    expect(world.effects.begun).not.toContain('cb');
    run.unpause();
    world.effects.open('h');
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
  });

  test('is not lost when the process dies before or while it pauses', async () => {
    for (const when of ['before', 'while'] as const) {
      const world = newWorld();
      const owner = openWorld(world);
      const run = await begin(owner, two);
      await settled();
      await pauseRun(openWorld(world), run.runId);
      if (when === 'while') await look(owner);
      await die(owner);
      world.effects.open('g');
      // Whoever finds the run lets the attempt that was cut off end, and no more.
      let over = false;
      void runScheduler(openWorld(world), { once: true }).then(() => (over = true));
      for (let turn = 0; turn < 100 && !over; turn++) {
        await settled();
        if (world.clock.next !== undefined) world.clock.advance(world.clock.next);
      }
      expect(await showRun(openWorld(world), run.runId), when).toMatchObject({ status: 'paused' });
      expect(world.effects.begun, when).toEqual(['a', 'a']);
      expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
    }
  });

  test('who resumes by hand after such a death goes on, and is not paused by what was asked before', async () => {
    const world = newWorld();
    const owner = openWorld(world);
    const run = await begin(owner, two);
    await settled();
    await pauseRun(openWorld(world), run.runId);
    await die(owner);
    world.effects.open('g');
    expect(await finish(world, await resume(openWorld(world), run.runId))).toMatchObject({
      status: 'success',
    });
  });

  test('of a run whose process is gone: it is left alone until it is unpaused', async () => {
    const world = newWorld();
    const owner = openWorld(world);
    const run = await begin(owner, two);
    await settled();
    await die(owner);
    expect(await pauseRun(openWorld(world), run.runId)).toMatchObject({ delivered: 'marked' });
    expect(await runScheduler(openWorld(world), { once: true })).toBe(0);
    world.effects.open('g');
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({ status: 'success' });
  });

  test('the timeout of the run counts while it is paused', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      two.replace('name: t', 'name: t\ntimeout: 1h').replace('needs: a', 'needs: a, ms: 60000'),
    );
    await settled();
    run.pause();
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    world.clock.advance(2 * HOUR);
    expect(await finish(world, await goOn(world, run.runId))).toMatchObject({
      status: 'failed',
      error: { code: 'RUN_TIMEOUT' },
    });
  });
});
