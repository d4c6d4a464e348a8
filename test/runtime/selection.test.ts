/** Parts of a workflow: `--until`, `--only`, and breakpoints under `--debug`. */
import { describe, expect, test } from 'vitest';
import { dryRun, rerunRun, runWorkflow, showRun, unpauseRun } from '../../src/app/index.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled, statuses } from './test-project.ts';

const source = `
name: t
steps:
  - { id: a, type: effect, value: 1 }
  - { id: b, type: effect, needs: a }
  - { id: c, type: effect, needs: b, value: { n: 3 } }
  - { id: other, type: effect }
finally: [{ id: f, type: effect }]
outputs: { a: "\${{ steps.a.output }}", n: "\${{ steps.c.output.n }}" }
`;

describe('--until', () => {
  test('runs what the step needs and the step; the rest is skipped with the reason', async () => {
    const world = newWorld();
    const result = await finish(world, await begin(openWorld(world), source, { until: 'b' }));
    expect(result).toMatchObject({ status: 'success', outputs: { a: 1, n: null } });
    expect(world.effects.begun).toEqual(['a', 'b', 'finally/f']);
    expect(result.steps.c).toMatchObject({ status: 'skipped', skipReason: '--until b' });
    expect(result.steps.other).toMatchObject({ status: 'skipped', skipReason: '--until b' });
    world.effects.log.length = 0;
    // A step that was left out, and with it all that was: the rest of the workflow.
    const rest = (await rerunRun(openWorld(world), result.runId, { from: 'c', wait: true })) as RunSession;
    expect(await finish(world, rest)).toMatchObject({ status: 'success', outputs: { a: 1, n: 3 } });
    expect(world.effects.begun.toSorted()).toEqual(['c', 'finally/f', 'other']);
  });

  test('holds after a crash, and for a rerun of what it had chosen', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const gated = source.replace('id: a, type: effect', 'id: a, type: effect, gate: g');
    const run = await begin(project, gated, { until: 'b' });
    await settled();
    await die(project);
    world.effects.open('g');
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(statuses(result)).toMatchObject({ a: 'success', b: 'success', c: 'skipped', other: 'skipped' });
    world.effects.log.length = 0;
    const again = (await rerunRun(openWorld(world), run.runId, { from: 'a', wait: true })) as RunSession;
    expect(statuses(await finish(world, again))).toMatchObject({ b: 'success', c: 'skipped' });
  });

  test('a failure on the way fails the run', async () => {
    const world = newWorld();
    const failing = source.replace(
      'id: a, type: effect',
      'id: a, type: effect, fail: true, retryable: false',
    );
    const result = await finish(world, await begin(openWorld(world), failing, { until: 'b' }));
    expect(result).toMatchObject({ status: 'failed', error: { stepId: 'a' } });
    expect(result.steps.b?.skipReason).toBe('need a failed');
  });
});

describe('--only', () => {
  test('runs the steps that are named', async () => {
    const world = newWorld();
    const result = await finish(world, await begin(openWorld(world), source, { only: ['b', 'a'] }));
    expect(world.effects.begun).toEqual(['a', 'b', 'finally/f']);
    expect(result.steps.c?.skipReason).toBe('--only b a');
  });

  test('refuses steps whose needs would have no result, and steps there are not', async () => {
    const project = openWorld(newWorld());
    const run = (request: object) => runWorkflow(project, { workflow: 't.yaml', source, ...request });
    await expect(run({ only: ['c'] })).rejects.toMatchObject({
      code: 'ONLY_NEEDS',
      message: 'step c needs b, which would have no result',
    });
    await expect(run({ until: 'othr' })).rejects.toMatchObject({ hint: 'did you mean other?' });
    const { steps } = await dryRun(project, { workflow: 't.yaml', source, until: 'a' });
    expect(steps.filter(({ would }) => would === 'nothing: it is left out').map(({ id }) => id)).toEqual([
      'b',
      'c',
      'other',
    ]);
  });
});

describe('breakpoints', () => {
  const stops = source.replace('id: b, type: effect', 'id: b, type: effect, breakpoint: true');

  test('pause the run before the step under --debug, once', async () => {
    const world = newWorld();
    const run = await begin(openWorld(world), stops, { debug: true });
    const paused = await finish(world, run);
    expect(paused).toMatchObject({
      status: 'paused',
      suspendedOn: [{ step: 'b', message: 'at a breakpoint', answerWith: `keystone unpause ${run.runId}` }],
    });
    expect(world.effects.begun).toEqual(['a', 'other']);
    const unpause = await unpauseRun(openWorld(world), run.runId, { wait: true });
    if (!('handle' in unpause)) throw new Error('runs elsewhere');
    expect(await finish(world, unpause.handle as RunSession)).toMatchObject({ status: 'success' });
    expect(world.effects.count('b')).toBe(1);
    world.effects.log.length = 0;
    // A step that begins anew stops anew.
    const again = (await rerunRun(openWorld(world), run.runId, { from: 'b', wait: true })) as RunSession;
    expect(await finish(world, again)).toMatchObject({ status: 'paused' });
  });

  test('mean nothing without --debug', async () => {
    const world = newWorld();
    expect(await finish(world, await begin(openWorld(world), stops))).toMatchObject({ status: 'success' });
  });

  test('of a sub-workflow pause the run that began it', async () => {
    const child = 'name: child\nsteps: [{ id: ca, type: effect, breakpoint: true }]\n';
    const world = newWorld({ files: { 'child.yaml': child } });
    const run = await begin(openWorld(world), 'name: t\nsteps: [{ id: c, workflow: ./child.yaml }]\n', {
      debug: true,
    });
    const paused = await finish(world, run);
    expect(paused).toMatchObject({ status: 'paused', suspendedOn: [{ step: 'ca' }] });
    expect(world.effects.begun).toEqual([]);
    expect(await finish(world, await resume(openWorld(world), run.runId))).toMatchObject({
      status: 'success',
    });
    expect((await showRun(openWorld(world), run.runId)).steps.c?.status).toBe('success');
  });
});
