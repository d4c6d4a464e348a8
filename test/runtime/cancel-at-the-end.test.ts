/** A cancel that comes while a run cleans up: undos are made, finally ends when somebody says so. */
import { describe, expect, test } from 'vitest';
import { answerRun, cancelRun, rollbackRun, showRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

const SOURCE = `
name: t
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect, gate: u } }
  - { id: b, type: effect, needs: a, gate: b }
finally:
  - { id: f, type: effect, hang: true }
  - { id: g, type: effect, needs: f, if: always() }
`;

/** What other processes have sent is looked for. */
async function look(project: ReturnType<typeof openWorld>): Promise<void> {
  const { engine, release } = await acquireEngine(project);
  await engine.readInbox();
  await release();
}

async function begun(world: World) {
  const project = openWorld(world);
  const run = await begin(project, SOURCE);
  await settled();
  return { project, run };
}

describe('a second cancel', () => {
  test('ends no undo and keeps finally from nothing when it comes before finally', async () => {
    const world = newWorld();
    const { run } = await begun(world);
    run.cancel('one');
    await settled();
    run.cancel('two');
    await settled();
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/a']);
    world.effects.open('u');
    await settled();
    expect(world.effects.begun.slice(3)).toEqual(['finally/f']);
    run.cancel('three');
    const result = await finish(world, run);
    expect(result).toMatchObject({
      status: 'canceled',
      error: { code: 'CANCELED', message: 'one' },
      steps: {
        'finally/f': { status: 'canceled', skipReason: 'three' },
        'finally/g': { status: 'canceled', skipReason: 'three' },
      },
    });
    expect(result.compensations).toMatchObject([{ step: 'a', status: 'done' }]);
  });

  test('that nobody typed, such as that of another run or of the parent, leaves finally alone', async () => {
    const world = newWorld();
    const { run } = await begun(world);
    world.effects.open('b');
    await settled();
    expect(world.effects.begun).toEqual(['a', 'b', 'finally/f']);
    run.host.send({ type: 'CANCEL', reason: 'r', automatic: true });
    await settled();
    expect(world.effects.running).toBe(1);
    run.cancel();
    await finish(world, run);
  });
});

describe('two cancels from another terminal that come together', () => {
  test('are one, and so are one that a dead process had not heard and one that takes its run over', async () => {
    for (const dies of [false, true]) {
      const world = newWorld();
      const project = openWorld(world);
      const nap = SOURCE.replace('gate: b', 'hang: true').replace('hang: true', 'hang: true, lingers: l');
      const run = await begin(
        project,
        nap.replace('{ id: f, type: effect, hang: true }', '{ id: f, type: effect, gate: f }'),
      );
      await settled();
      world.effects.open('l');
      await cancelRun(openWorld(world), run.runId);
      if (dies) await die(project);
      else await cancelRun(openWorld(world), run.runId);
      const canceling = dies ? cancelRun(openWorld(world), run.runId) : look(project);
      for (const gate of ['u', 'f']) {
        await settled();
        world.effects.open(gate);
      }
      await canceling;
      if (!dies) await finish(world, run);
      expect(await showRun(openWorld(world), run.runId), `dies: ${dies}`).toMatchObject({
        status: 'canceled',
        steps: { 'finally/f': { status: 'success' }, 'finally/g': { status: 'success' } },
      });
    }
  });
});

describe('the first cancel, in finally', () => {
  test('ends it; the run is canceled and nothing is undone', async () => {
    const world = newWorld();
    const { run } = await begun(world);
    world.effects.open('b');
    await settled();
    run.cancel('late');
    const result = await finish(world, run);
    expect(result).toMatchObject({ status: 'canceled', error: { message: 'late' }, outputs: null });
    expect(world.effects.begun).toEqual(['a', 'b', 'finally/f']);
  });

  test('is not forgotten when the process dies before its steps have ended', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(
      project,
      SOURCE.replace('hang: true', 'hang: true, lingers: l').replaceAll('gate: b', 'ms: 0'),
    );
    await settled();
    world.clock.advance(0);
    await settled();
    run.cancel('late');
    await settled();
    const dying = die(project);
    world.effects.open('l');
    await dying;
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result).toMatchObject({
      status: 'canceled',
      steps: { 'finally/f': { status: 'canceled' }, 'finally/g': { status: 'canceled', skipReason: 'late' } },
    });
  });

  test('of a suspended run ends what waits there', async () => {
    const world = newWorld();
    const source = SOURCE.replace('type: effect, hang: true', 'type: human, message: "All well?"').replace(
      'gate: b',
      'ms: 0',
    );
    const run = await begin(openWorld(world), source, { wait: false });
    expect(await finish(world, run)).toMatchObject({ status: 'suspended' });
    const canceling = cancelRun(openWorld(world), run.runId);
    expect(await canceling).toMatchObject({ delivered: 'canceled-dormant' });
    expect(world.effects.begun).toEqual(['a', 'b']);
  });
});

test('a failing run that is canceled while its undos are made ends failed, with all undos made', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(
    project,
    SOURCE.replace('gate: b', 'fail: true, retryable: false').replace(
      'type: effect, hang: true',
      'type: effect',
    ),
  );
  await settled();
  expect(world.effects.begun).toEqual(['a', 'b', 'compensate/a']);
  run.cancel();
  world.effects.open('u');
  expect(await finish(world, run)).toMatchObject({ status: 'failed', error: { code: 'BROKEN' } });
  expect(world.effects.begun.slice(-2)).toEqual(['finally/f', 'finally/g']);
});

describe('a rollback that comes while finally runs', () => {
  const source = SOURCE.replace('gate: b', 'ms: 0')
    .replace('gate: u', 'ms: 0')
    .replace('hang: true', 'gate: f');

  test('waits for its end, then undoes what was done; finally does not run again', async () => {
    for (const dies of [false, true]) {
      const world = newWorld();
      const project = openWorld(world);
      const run = await begin(project, source);
      await settled();
      world.clock.advance(0);
      await settled();
      expect(await rollbackRun(project, run.runId)).toMatchObject({ delivered: 'sent' });
      await settled();
      expect(world.effects.begun).toEqual(['a', 'b', 'finally/f']);
      if (dies) await die(project);
      world.effects.open('f');
      const result = await finish(world, dies ? await resume(openWorld(world), run.runId) : run);
      expect(result).toMatchObject({
        status: 'canceled',
        error: { code: 'CANCELED', message: 'keystone rollback' },
        steps: { 'finally/f': { status: 'success' }, 'finally/g': { status: 'success' } },
      });
      expect(world.effects.begun.slice(-2)).toEqual(['finally/g', 'compensate/a']);
    }
  });

  test('of a suspended run waits for its end too', async () => {
    const world = newWorld();
    const asks = source.replace('type: effect, gate: f', 'type: human, message: "All well?"');
    const first = await begin(openWorld(world), asks, { wait: false });
    expect(await finish(world, first)).toMatchObject({ status: 'suspended' });
    const project = openWorld(world);
    const rolling = rollbackRun(project, first.runId);
    await settled();
    await answerRun(openWorld(world), first.runId, 'finally/f', true);
    const { engine, release } = await acquireEngine(project);
    await engine.readInbox();
    await release();
    for (let turn = 0; turn < 5; turn++) {
      await settled();
      world.clock.advance(world.clock.next ?? 0);
    }
    expect(await rolling).toMatchObject({ delivered: 'undone', status: 'canceled', undone: [{ step: 'a' }] });
  });

  test('of one step is refused until the run has ended', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, source.replace('id: u, type: effect, ms: 0', 'id: u, type: effect'));
    await settled();
    world.clock.advance(0);
    await settled();
    await expect(rollbackRun(project, run.runId, { scope: 'a' })).rejects.toMatchObject({
      code: 'RUN_ENDING',
      exitCode: 4,
      message: expect.stringContaining('finalizing'),
    });
    world.effects.open('f');
    await finish(world, run);
    expect(await rollbackRun(project, run.runId, { scope: 'a' })).toMatchObject({ undone: [{ step: 'a' }] });
  });
});
