/** A slot is free when the command that held it has ended, not when it is told to end. */
import { describe, expect, test } from 'vitest';
import { answerRun, why } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled } from './test-project.ts';

const SCARCE = { config: { pools: { scarce: { limit: 1 } } } };

describe('a step that is sent back while it runs', () => {
  const source = `
name: t
steps:
  - { id: draft, type: effect }
  - { id: slow, type: effect, needs: draft, pool: scarce, gate: never, lingers: l }
  - { id: ask, type: human, message: "Ok?", needs: draft, rewindTo: draft }
`;
  test('keeps its slot until its command has ended; its next attempt and other steps wait for it', async () => {
    const world = newWorld(SCARCE);
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    const other = await begin(
      project,
      'name: o\nsteps: [{ id: other, type: effect, pool: scarce, gate: g }]\n',
    );
    await settled();
    expect(world.effects.begun).toEqual(['draft', 'slow']);
    await answerRun(project, run.runId, 'ask', false);
    await settled();
    expect(world.effects.begun).toEqual(['draft', 'slow', 'draft']);
    world.effects.open('l');
    await settled();
    // Others waited longer.
    expect(world.effects.begun).toEqual(['draft', 'slow', 'draft', 'other']);
    world.effects.open('g');
    await settled();
    expect(world.effects.begun).toEqual(['draft', 'slow', 'draft', 'other', 'slow']);
    run.cancel();
    await finish(world, run);
    await finish(world, other);
    const { engine, release } = await acquireEngine(project);
    expect(engine.slots.used).toEqual({});
    expect(await engine.store.pools.slots()).toEqual([]);
    await release();
  });

  test('gives it back once, however often it is sent back or paused meanwhile', async () => {
    const world = newWorld(SCARCE);
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    for (let round = 0; round < 2; round++) {
      await answerRun(project, run.runId, 'ask', false);
      await settled();
    }
    run.pause();
    await settled();
    expect(run.host.isPaused).toBe(false);
    run.unpause();
    await settled();
    const { engine, release } = await acquireEngine(project);
    expect(engine.slots.used['pool:scarce']).toBe(1);
    expect(world.effects.count('slow')).toBe(1);
    world.effects.open('l');
    await settled();
    expect(world.effects.count('slow')).toBe(2);
    expect(engine.slots.used['pool:scarce']).toBe(1);
    run.cancel();
    expect(await finish(world, run)).toMatchObject({ status: 'canceled' });
    expect(engine.slots.used).toEqual({});
    await release();
  });

  test('begins anew when the process dies before its command has ended', async () => {
    const world = newWorld(SCARCE);
    const project = openWorld(world);
    const run = await begin(project, source.replace('gate: never', 'gate: g'));
    await settled();
    await answerRun(project, run.runId, 'ask', false);
    await settled();
    expect(await why(project, run.runId, 'slow')).toMatchObject({
      status: 'pending',
      lines: ['the run went back; it begins again when the command it had begun has ended'],
    });
    const dying = die(project);
    world.effects.open('l');
    await dying;
    const again = openWorld(world);
    const second = await resume(again, run.runId);
    world.effects.open('g');
    await settled();
    await answerRun(again, run.runId, 'ask', true);
    expect(await finish(world, second)).toMatchObject({ status: 'success' });
    expect(world.effects.begun).toEqual(['draft', 'slow', 'draft', 'slow']);
  });

  test('is undone only when its command has ended', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(
      project,
      source.replace(', pool: scarce', ', compensate: { id: u, type: effect }'),
    );
    await settled();
    await answerRun(project, run.runId, 'ask', false);
    await settled();
    run.cancel();
    await settled();
    expect(world.effects.begun).toEqual(['draft', 'slow', 'draft']);
    world.effects.open('l');
    expect(await finish(world, run)).toMatchObject({ status: 'canceled' });
    expect(world.effects.begun).toEqual(['draft', 'slow', 'draft', 'compensate/slow']);
  });

  test('a run has not ended, nor is paused, before what it has sent back has', async () => {
    const world = newWorld(SCARCE);
    const project = openWorld(world);
    const once = source.replace('lingers: l', 'lingers: l, if: "${{ sent_back == null }}"');
    const run = await begin(project, once);
    await settled();
    await answerRun(project, run.runId, 'ask', false);
    await settled();
    await answerRun(project, run.runId, 'ask', true);
    await settled();
    let over = false;
    void run.result.then(() => (over = true));
    await settled();
    expect([over, world.effects.running]).toEqual([false, 1]);
    const { engine, release } = await acquireEngine(project);
    expect(engine.slots.used['pool:scarce']).toBe(1);
    world.effects.open('l');
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
    expect(engine.slots.used).toEqual({});
    await release();
  });
});

describe('a run that is given up', () => {
  const source = 'name: t\nsteps: [{ id: a, type: effect, pool: scarce, hang: true, lingers: l }]\n';
  test('frees its slots, and the part of its process, when its commands have ended', async () => {
    const world = newWorld(SCARCE);
    const [one, two] = [openWorld(world), openWorld(world)];
    const run = await begin(one, source);
    await settled();
    const { engine, release } = await acquireEngine(one);
    const given = run.abort();
    await settled();
    expect(engine.slots.used['pool:scarce']).toBe(1);
    const second = await resume(two, run.runId).catch((error: { code: string }) => error.code);
    expect(second).toBe('RUN_OWNED');
    expect(await engine.store.pools.parts()).toMatchObject([{ slots: 1 }]);
    world.effects.open('l');
    await given;
    expect(engine.slots.used).toEqual({});
    expect(await engine.store.pools.parts()).toEqual([]);
    await release();
  });

  test('by a store that refuses frees them then too', async () => {
    const world = newWorld(SCARCE);
    const project = openWorld(world);
    const run = await begin(
      project,
      'name: t\nsteps: [{ id: a, type: effect, pool: scarce, hang: true, lingers: l }, { id: b, type: effect, gate: g }]\n',
    );
    await settled();
    const { engine, release } = await acquireEngine(project);
    engine.store.commit = () => Promise.reject(new Error('no more room'));
    world.effects.open('g');
    await settled();
    expect(engine.slots.used['pool:scarce']).toBe(1);
    expect(await engine.store.pools.parts()).toMatchObject([{ slots: 1 }]);
    world.effects.open('l');
    await expect(finish(world, run)).rejects.toThrow('no more room');
    expect(engine.slots.used).toEqual({});
    expect(await engine.store.pools.parts()).toEqual([]);
    await release();
  });
});
