/** `keystone rollback`: of a run that goes on, of one that has ended, of one step, across deaths and processes. */
import { describe, expect, test } from 'vitest';
import { listRuns, rollbackRun, showRun } from '../../src/app/index.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  runToEnd,
  settled,
  type World,
} from './test-project.ts';

const undo = (id: string, more = ''): string => `compensate: { id: u_${id}, type: effect${more} }`;
const BROKEN = ', fail: true, retryable: false';

const THREE = `
name: t
outputs: { b: "\${{ steps.b.output }}" }
compensate: { id: all, type: effect }
finally: [{ id: f, type: effect }]
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: b, type: effect, needs: a, value: 7, ${undo('b')} }
  - { id: c, type: effect, needs: b }
`;

/** Lets time pass until the promise is settled. */
async function inTime<T>(world: World, promise: Promise<T>): Promise<T> {
  let over = false;
  const watched = promise.finally(() => {
    over = true;
  });
  watched.catch(() => {});
  for (let turn = 0; turn < 60 && !over; turn++) {
    await settled();
    if (!over && world.clock.next !== undefined) world.clock.advance(world.clock.next);
  }
  return watched;
}

describe('rollback of a run that has ended', () => {
  test('undoes a success, last completed first; it ends canceled, and finally does not run again', async () => {
    const { world, result } = await runToEnd(THREE);
    expect(result).toMatchObject({ status: 'success', outputs: { b: 7 } });
    const rollback = await inTime(world, rollbackRun(openWorld(world), result.runId));
    expect(rollback).toMatchObject({ was: 'success', delivered: 'undone', status: 'canceled' });
    expect(rollback.undone.map(({ step }) => step)).toEqual(['b', 'a', '(workflow)']);
    expect(world.effects.begun).toEqual([
      'a',
      'b',
      'c',
      'finally/f',
      'compensate/b',
      'compensate/a',
      'compensate/(workflow)',
    ]);
    const after = await showRun(openWorld(world), result.runId);
    expect(after).toMatchObject({
      status: 'canceled',
      outputs: null,
      error: { code: 'ROLLED_BACK', details: { former: { status: 'success' } } },
      compensations: [{ status: 'done' }, { status: 'done' }, { status: 'done' }],
    });
  });

  test('does nothing the second time and says so', async () => {
    const { world, result } = await runToEnd(THREE);
    await inTime(world, rollbackRun(openWorld(world), result.runId));
    const begun = world.effects.begun.length;
    expect(await rollbackRun(openWorld(world), result.runId)).toMatchObject({
      was: 'canceled',
      delivered: 'nothing-to-undo',
      undone: [],
    });
    expect(world.effects.begun).toHaveLength(begun);
  });

  test('of one step keeps how the run ended; the rest can be undone later', async () => {
    const { world, result } = await runToEnd(THREE);
    const first = await inTime(world, rollbackRun(openWorld(world), result.runId, { scope: 'a' }));
    expect(first).toMatchObject({ status: 'success', undone: [{ step: 'a', status: 'done' }] });
    expect(await showRun(openWorld(world), result.runId)).toMatchObject({
      status: 'success',
      outputs: { b: 7 },
    });
    const second = await inTime(world, rollbackRun(openWorld(world), result.runId));
    expect(second.undone.map(({ step }) => step)).toEqual(['b', '(workflow)']);
    expect(second.status).toBe('canceled');
  });

  test('records an undo that fails, makes the others, and the run is failed', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: b, type: effect, needs: a, ${undo('b', BROKEN)} }
`);
    const rollback = await inTime(world, rollbackRun(openWorld(world), result.runId));
    expect(rollback).toMatchObject({
      status: 'failed',
      undone: [
        { step: 'b', status: 'failed' },
        { step: 'a', status: 'done' },
      ],
    });
    const { error } = await showRun(openWorld(world), result.runId);
    expect(error).toMatchObject({ stepId: 'u_b', details: { former: { status: 'success' } } });
  });

  test('keeps the failure the run ended with, and adds those of the undos', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ${undo('a', BROKEN)} }
  - { id: bad, type: effect, needs: a${BROKEN} }
  - { id: late, type: effect, needs: bad, if: always(), ${undo('late')} }
`);
    expect(result.error).toMatchObject({
      stepId: 'bad',
      details: { alsoFailed: [{ path: 'compensate/a' }] },
    });
    // All was undone when it failed.
    expect(await rollbackRun(openWorld(world), result.runId)).toMatchObject({ delivered: 'nothing-to-undo' });
  });

  test.each([0, 1, 2, 3, 4, 5])(
    'goes on after death %i, and makes no undo twice that was recorded',
    async (turns) => {
      const { world, result } = await runToEnd(THREE);
      const project = openWorld(world);
      const first = rollbackRun(project, result.runId);
      first.catch(() => {});
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await die(project);
      const left = await inTime(world, rollbackRun(openWorld(world), result.runId));
      expect(['undone', 'nothing-to-undo']).toContain(left.delivered);
      expect(await showRun(openWorld(world), result.runId)).toMatchObject({
        status: 'canceled',
        error: { code: 'ROLLED_BACK' },
      });
      for (const path of ['compensate/b', 'compensate/a', 'compensate/(workflow)'])
        expect(world.effects.count(path)).toBeGreaterThanOrEqual(1);
      expect(world.effects.begun.filter((path) => path === 'finally/f')).toHaveLength(1);
      const order = [...new Set(world.effects.begun.slice(4))];
      expect(order).toEqual(['compensate/b', 'compensate/a', 'compensate/(workflow)']);
    },
  );

  test('an interrupted one is also finished by resume', async () => {
    const world = newWorld();
    const source = THREE.replace('id: u_b, type: effect', 'id: u_b, type: effect, gate: g');
    const { runId } = await finish(world, await begin(openWorld(world), source));
    const project = openWorld(world);
    rollbackRun(project, runId).catch(() => {});
    await settled();
    expect(await showRun(openWorld(world), runId)).toMatchObject({ status: 'running' });
    await die(project);
    world.effects.open('g');
    const result = await finish(world, await resume(openWorld(world), runId));
    expect(result).toMatchObject({ status: 'canceled', error: { code: 'ROLLED_BACK' } });
  });

  test('asks for the secrets the run was begun with', async () => {
    const world = newWorld();
    const source = `
name: t
inputs: { token: { type: string, secret: true } }
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect, value: "\${{ inputs.token }}" } }
`;
    const run = await begin(openWorld(world), source, { inputs: { token: 'zebra-4711' } });
    const { runId } = await finish(world, run);
    await expect(rollbackRun(openWorld(world), runId)).rejects.toMatchObject({
      hint: expect.stringContaining('-i token='),
    });
    const inputs = { token: 'zebra-4711' };
    expect(await inTime(world, rollbackRun(openWorld(world), runId, { inputs }))).toMatchObject({
      status: 'canceled',
    });
  });

  test('refuses a step the workflow does not have, with the nearest', async () => {
    const { world, result } = await runToEnd(THREE.replaceAll('id: c,', 'id: deploy,'));
    await expect(rollbackRun(openWorld(world), result.runId, { scope: 'deplay' })).rejects.toMatchObject({
      code: 'UNKNOWN_SCOPE',
      hint: expect.stringContaining('deploy'),
    });
  });
});

const GOES_ON = `
name: t
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: b, type: effect, needs: a, ${undo('b')} }
  - { id: slow, type: effect, gate: g, needs: b }
  - { id: end, type: effect, needs: slow }
`;

describe('rollback of a run that goes on', () => {
  test('cancels it, with its compensations', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, GOES_ON.replace('gate: g', 'hang: true'));
    await settled();
    expect(await rollbackRun(project, run.runId)).toMatchObject({ was: 'running', delivered: 'sent' });
    const result = await finish(world, run);
    expect(result).toMatchObject({
      status: 'canceled',
      error: { code: 'CANCELED', message: 'keystone rollback' },
    });
    expect(world.effects.begun.slice(-2)).toEqual(['compensate/b', 'compensate/a']);
  });

  test('of one step waits until nothing is in flight, undoes it, and goes on', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, GOES_ON);
    await settled();
    expect(await rollbackRun(project, run.runId, { scope: 'a' })).toMatchObject({ delivered: 'sent' });
    await settled();
    expect(world.effects.begun).toEqual(['a', 'b', 'slow']);
    world.effects.open('g');
    const result = await finish(world, run);
    expect(result.status).toBe('success');
    expect(world.effects.begun).toEqual(['a', 'b', 'slow', 'compensate/a', 'end']);
    expect(result.compensations).toEqual([{ step: 'a', status: 'done', order: 1 }]);
  });

  test('of one step fails the run when the undo fails, and what is left is undone', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(
      project,
      GOES_ON.replace('id: u_a, type: effect', `id: u_a, type: effect${BROKEN}`),
    );
    await settled();
    await rollbackRun(project, run.runId, { scope: 'a' });
    world.effects.open('g');
    const result = await finish(world, run);
    expect(result).toMatchObject({
      status: 'failed',
      error: { stepId: 'u_a' },
      steps: { end: { status: 'skipped' } },
    });
    expect(world.effects.begun).toEqual(['a', 'b', 'slow', 'compensate/a', 'compensate/b']);
  });

  test('a cancel that comes meanwhile waits for the undo; it survives a death', async () => {
    const world = newWorld();
    let project = openWorld(world);
    const source = GOES_ON.replace('id: u_a, type: effect', 'id: u_a, type: effect, gate: u').replace(
      'gate: g, ',
      '',
    );
    const run = await begin(
      project,
      source.replace('id: slow, type: effect', 'id: slow, type: sleep, duration: 1h'),
    );
    await settled();
    await rollbackRun(project, run.runId, { scope: 'a' });
    await settled();
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/a']);
    run.cancel('enough');
    await settled();
    await die(project);
    project = openWorld(world);
    const second = await resume(project, run.runId);
    await settled();
    expect(world.effects.begun.slice(2)).toEqual(['compensate/a', 'compensate/a']);
    world.effects.open('u');
    const result = await finish(world, second);
    expect(result).toMatchObject({ status: 'canceled', error: { message: 'enough' } });
    expect(world.effects.begun.slice(4)).toEqual(['compensate/b']);
  });

  test('of one step of a suspended run undoes it here, and the run waits on', async () => {
    const world = newWorld();
    const source = GOES_ON.replace('id: slow, type: effect, gate: g', 'id: slow, type: sleep, duration: 9h');
    const { runId } = await finish(world, await begin(openWorld(world), source, { wait: false }));
    const rollback = await inTime(world, rollbackRun(openWorld(world), runId, { scope: 'b' }));
    expect(rollback).toMatchObject({
      was: 'suspended',
      delivered: 'undone',
      status: 'suspended',
      undone: [{ step: 'b', status: 'done' }],
    });
    world.clock.advance(10 * 3_600_000);
    const result = await finish(world, await resume(openWorld(world), runId));
    expect(result.status).toBe('success');
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/b', 'end']);
    expect(await listRuns(openWorld(world), {})).toHaveLength(1);
  });

  test('of one step of a paused run leaves it paused', async () => {
    const world = newWorld();
    const run = await begin(openWorld(world), GOES_ON);
    await settled();
    run.pause();
    world.effects.open('g');
    expect(await finish(world, run)).toMatchObject({ status: 'paused' });
    const rollback = await inTime(world, rollbackRun(openWorld(world), run.runId, { scope: 'b' }));
    expect(rollback).toMatchObject({ status: 'paused', undone: [{ step: 'b' }] });
    expect(world.effects.begun).toEqual(['a', 'b', 'slow', 'compensate/b']);
    expect(await finish(world, await resume(openWorld(world), run.runId))).toMatchObject({
      status: 'success',
    });
  });
});
