/** Two runs of the same workflow at once, in several processes: each policy, and the queue over deaths and ends. */
import { describe, expect, test } from 'vitest';
import {
  cancelRun,
  listRuns,
  pauseRun,
  rerunRun,
  runScheduler,
  runWorkflow,
  showRun,
  unpauseRun,
} from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  settled,
  type World,
} from '../runtime/test-project.ts';

const source = (policy: string): string =>
  `name: t\non_overlap: ${policy}\ninputs: { gate: { type: string, default: open } }\nsteps: [{ id: a, type: effect, gate: "\${{ inputs.gate }}", value: "\${{ inputs.gate }}" }]\n`;

/** What other processes have done is looked for. */
async function look(project: ReturnType<typeof openWorld>): Promise<void> {
  const { engine, release } = await acquireEngine(project);
  engine.lookSoon();
  await settled();
  await release();
}

describe('on_overlap', () => {
  test('reject: the second is refused with the name of the first, and leaves no run', async () => {
    const world = newWorld();
    world.effects.open('open');
    const first = await begin(openWorld(world), source('reject'), { inputs: { gate: 'g' } });
    await expect(begin(openWorld(world), source('reject'))).rejects.toMatchObject({
      code: 'RUN_OVERLAPS',
      exitCode: 4,
      message: expect.stringContaining(first.runId),
    });
    // Another workflow is not in the way.
    const other = await begin(openWorld(world), source('reject').replace('name: t', 'name: u'));
    expect(await finish(world, other)).toMatchObject({ status: 'success' });
    world.effects.open('g');
    await finish(world, first);
    const third = await begin(openWorld(world), source('reject'));
    expect(await finish(world, third)).toMatchObject({ status: 'success' });
  });

  test('reject: of many that start together exactly one begins', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const starts = await Promise.allSettled(
      [1, 2, 3, 4, 5].map(() =>
        runWorkflow(project, {
          workflow: 't.yaml',
          source: source('reject'),
          wait: true,
          inputs: { gate: 'g' },
        }),
      ),
    );
    const begun = starts.filter(({ status }) => status === 'fulfilled');
    expect(begun).toHaveLength(1);
    world.effects.open('g');
    for (const start of begun)
      if (start.status === 'fulfilled') await finish(world, start.value as RunSession);
    expect(world.effects.begun).toEqual(['a']);
  });

  test('queue: runs begin one after another, in the order they came, across processes', async () => {
    const world = newWorld();
    const processes = [1, 2, 3].map(() => openWorld(world));
    const runs: RunSession[] = [];
    for (const [index, project] of processes.entries())
      runs.push(await begin(project, source('queue'), { inputs: { gate: `g${index}` } }));
    await settled();
    expect(world.effects.begun).toHaveLength(1);
    // The last one may go on only after the second.
    for (const [index, run] of runs.entries()) {
      for (const project of processes.slice(index).reverse()) await look(project);
      expect(world.effects.log.filter(({ what }) => what === 'begin').map(({ value }) => value)).toEqual(
        [0, 1, 2].slice(0, index + 1).map((each) => `g${each}`),
      );
      world.effects.open(`g${index}`);
      expect(await finish(world, run)).toMatchObject({ status: 'success' });
    }
  });

  test('queue: a run that nobody waits with is suspended, and due when its turn has come', async () => {
    const world = newWorld();
    world.effects.open('open');
    const first = await begin(openWorld(world), source('queue'), { inputs: { gate: 'g' } });
    const second = await finish(world, await begin(openWorld(world), source('queue'), { wait: false }));
    expect(second).toMatchObject({
      status: 'suspended',
      suspendedOn: [{ kind: 'on_overlap', message: 'for other runs of t to end' }],
    });
    expect(await runScheduler(openWorld(world), { once: true })).toBe(0);
    // Too early: it suspends again.
    expect(await finish(world, await resume(openWorld(world), second.runId, { wait: false }))).toMatchObject({
      status: 'suspended',
    });
    world.effects.open('g');
    await finish(world, first);
    expect(await runScheduler(openWorld(world), { once: true })).toBe(1);
    expect(await showRun(openWorld(world), second.runId)).toMatchObject({ status: 'success' });
  });

  test('queue: survives the death of its process, and of the one it waits for; can be canceled', async () => {
    const world = newWorld();
    world.effects.open('open');
    const one = openWorld(world);
    const two = openWorld(world);
    const first = await begin(one, source('queue'), { inputs: { gate: 'g' } });
    const second = await begin(two, source('queue'));
    await settled();
    await die(one);
    await die(two);
    // A run whose process died has not ended.
    const again = await resume(openWorld(world), second.runId);
    await settled();
    expect(world.effects.count('a')).toBe(1);
    again.cancel('enough');
    expect(await finish(world, again)).toMatchObject({ status: 'canceled' });
    expect(world.effects.count('a')).toBe(1);
    world.effects.open('g');
    await cancelRun(openWorld(world), first.runId);
    const third = await begin(openWorld(world), source('queue'));
    expect(await finish(world, third)).toMatchObject({ status: 'success' });
  });

  test('cancel-previous: the other is canceled, and only then this one begins', async () => {
    const world = newWorld();
    world.effects.open('open');
    const one = openWorld(world);
    const two = openWorld(world);
    const first = await begin(one, source('cancel-previous'), { inputs: { gate: 'never' } });
    await settled();
    const second = await begin(two, source('cancel-previous'));
    await settled();
    expect(world.effects.count('a')).toBe(1);
    await look(one);
    expect(await finish(world, first)).toMatchObject({
      status: 'canceled',
      error: { message: `run ${second.runId} of the same workflow takes its place` },
    });
    await look(two);
    expect(await finish(world, second)).toMatchObject({ status: 'success' });
  });

  test('cancel-previous: one that nobody runs is canceled here', async () => {
    const world = newWorld();
    const nap =
      'name: t\non_overlap: cancel-previous\nsteps: [{ id: nap, type: sleep, duration: "${{ inputs.long }}" }]\ninputs: { long: { type: string, default: 1s } }\n';
    const first = await finish(
      world,
      await begin(openWorld(world), nap, { wait: false, inputs: { long: '3d' } }),
    );
    expect(first.status).toBe('suspended');
    const project = openWorld(world);
    const second = await begin(project, nap);
    for (let turn = 0; turn < 5; turn++) await look(project);
    expect(await finish(world, second)).toMatchObject({ status: 'success' });
    expect(await showRun(openWorld(world), first.runId)).toMatchObject({ status: 'canceled' });
  });

  describe('a run that waits for its turn', () => {
    const queue = (step: string, more = ''): string =>
      `name: t\non_overlap: queue\n${more}inputs: { gate: { type: string, default: open } }\nsteps: [{ id: a, type: effect, ${step} }]\n`;
    const gated = queue('gate: "${{ inputs.gate }}"');

    test('can be paused where it waits: its process leaves, its turn does not begin it, it keeps its place', async () => {
      const world = newWorld();
      world.effects.open('open');
      const first = await begin(openWorld(world), gated, { inputs: { gate: 'g' } });
      const owner = openWorld(world);
      const second = await begin(owner, gated);
      await settled();
      expect(await pauseRun(openWorld(world), second.runId)).toMatchObject({ delivered: 'sent' });
      await look(owner);
      expect(await finish(world, second)).toMatchObject({
        status: 'paused',
        suspendedOn: [{ kind: 'on_overlap', answerWith: `keystone unpause ${second.runId}` }],
      });
      const third = await finish(world, await begin(openWorld(world), gated, { wait: false }));
      world.effects.open('g');
      await finish(world, first);
      for (let turn = 0; turn < 2; turn++)
        expect(await goOnByItself(world)).toMatchObject({
          [second.runId]: 'paused',
          [third.runId]: 'suspended',
        });
      const unpaused = await unpauseRun(openWorld(world), second.runId, { wait: true });
      if (!('handle' in unpaused)) throw new Error('nobody has it');
      expect(await finish(world, unpaused.handle as RunSession)).toMatchObject({ status: 'success' });
      expect(await goOnByItself(world)).toMatchObject({ [third.runId]: 'success' });
    });

    async function goOnByItself(world: World): Promise<Record<string, string>> {
      await runScheduler(openWorld(world), { once: true });
      const runs = await listRuns(openWorld(world), {});
      return Object.fromEntries(runs.map(({ runId, status }) => [runId, status]));
    }

    test('goes on waiting when it is unpaused before its turn, and may be canceled while paused', async () => {
      const world = newWorld();
      world.effects.open('open');
      const project = openWorld(world);
      const first = await begin(project, gated, { inputs: { gate: 'g' } });
      const second = await finishPaused(world, await begin(openWorld(world), gated));
      const again = await resume(openWorld(world), second.runId, { wait: false });
      expect(await finish(world, again)).toMatchObject({ status: 'suspended' });
      const third = await finishPaused(world, await begin(openWorld(world), gated));
      await cancelRun(openWorld(world), third.runId);
      expect(await showRun(openWorld(world), third.runId)).toMatchObject({ status: 'canceled', steps: {} });
      world.effects.open('g');
      await finish(world, first);
      const last = await resume(openWorld(world), second.runId);
      expect(await finish(world, last)).toMatchObject({ status: 'success' });
    });

    async function finishPaused(world: World, run: RunSession): Promise<{ runId: string }> {
      await settled();
      run.pause();
      expect(await finish(world, run)).toMatchObject({ status: 'paused' });
      return run;
    }

    test('that is paused when its process dies is left paused by a scheduler', async () => {
      const world = newWorld();
      world.effects.open('open');
      const first = await begin(openWorld(world), gated, { inputs: { gate: 'g' } });
      const owner = openWorld(world);
      const second = await begin(owner, gated);
      await settled();
      await pauseRun(openWorld(world), second.runId);
      await die(owner);
      world.effects.open('g');
      await finish(world, first);
      await runScheduler(openWorld(world), { once: true });
      expect(await showRun(openWorld(world), second.runId)).toMatchObject({ status: 'paused', steps: {} });
    });

    test('has its timeout and its duration from when it begins, over a death too', async () => {
      for (const dies of [false, true]) {
        const world = newWorld();
        const project = openWorld(world);
        const first = await begin(project, queue('ms: 7200000'));
        const owner = openWorld(world);
        const timed = queue('ms: 1800000', 'timeout: 1h\n');
        const second = await begin(owner, timed);
        await settled();
        world.clock.advance(7_200_000);
        expect(await finish(world, first)).toMatchObject({ status: 'success' });
        if (dies) await die(owner);
        const run = dies ? await resume(openWorld(world), second.runId) : second;
        if (!dies) await look(owner);
        expect(await finish(world, run), `dies: ${dies}`).toMatchObject({
          status: 'success',
          durationMs: 1_800_000,
        });
      }
    });
  });

  test('a rerun asks too', async () => {
    const world = newWorld();
    world.effects.open('open');
    const first = await finish(world, await begin(openWorld(world), source('reject')));
    const second = await begin(openWorld(world), source('reject'), { inputs: { gate: 'g' } });
    await expect(rerunRun(openWorld(world), first.runId, { from: 'a' })).rejects.toMatchObject({
      code: 'RUN_OVERLAPS',
    });
    expect(await showRun(openWorld(world), first.runId)).toMatchObject({ status: 'success' });
    world.effects.open('g');
    await finish(world, second);
    const again = (await rerunRun(openWorld(world), first.runId, { from: 'a', wait: true })) as RunSession;
    expect(await finish(world, again)).toMatchObject({ status: 'success' });
  });
});
