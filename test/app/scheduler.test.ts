/** Runs that are due and that nobody runs go on, whoever looks. */
import { expect, test } from 'vitest';
import { answerRun, listTimers, runScheduler, sendEvent, showRun } from '../../src/app/index.ts';
import { begin, die, finish, newWorld, openWorld, settled, type World } from '../runtime/test-project.ts';

const HOUR = 3_600_000;

/** Lets a scheduler work until it says it is done. */
async function scheduled(world: World): Promise<{ count: number; left: string[]; refused: string[] }> {
  const left: string[] = [];
  const refused: string[] = [];
  const working = runScheduler(openWorld(world), {
    once: true,
    onLeave: (runId, status) => left.push(`${runId} ${status}`),
    onRefusal: (_, error) => refused.push(error.message),
  });
  let count: number | undefined;
  void working.then((value) => {
    count = value;
  });
  for (let turn = 0; turn < 400 && count === undefined; turn++) {
    await settled();
    // Only its own pause between two looks: nothing of a run is due so soon.
    if (world.clock.next !== undefined && world.clock.next <= 500) world.clock.advance(world.clock.next);
  }
  return { count: await working, left, refused };
}

const nap = (duration: string) => `
name: t
steps:
  - { id: nap, type: sleep, duration: ${duration} }
  - { id: a, type: effect, needs: nap }
`;

test('goes on with runs whose time has come, and leaves the others asleep', async () => {
  const world = newWorld();
  const short = await finish(world, await begin(openWorld(world), nap('1h'), { wait: false }));
  const long = await finish(world, await begin(openWorld(world), nap('9h'), { wait: false }));
  expect((await scheduled(world)).count).toBe(0);
  world.clock.advance(2 * HOUR);
  expect(await scheduled(world)).toMatchObject({ count: 1, left: [`${short.runId} success`] });
  expect(await showRun(openWorld(world), long.runId)).toMatchObject({ status: 'suspended' });
  world.clock.advance(8 * HOUR);
  expect(await scheduled(world)).toMatchObject({ left: [`${long.runId} success`] });
});

test('goes on with a run whose process died', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(
    project,
    'name: t\nsteps: [{ id: a, type: effect, gate: g }, { id: b, type: effect, needs: a }]\n',
  );
  await settled();
  await die(project);
  world.effects.open('g');
  expect(await scheduled(world)).toMatchObject({ left: [`${run.runId} success`] });
});

test('an event and an answer make a run due, a child makes its parents due', async () => {
  const child =
    'name: child\nsteps: [{ id: ask, type: human, message: "Go?" }]\noutputs: { ok: "${{ steps.ask.output }}" }\n';
  const world = newWorld({ files: { 'child.yaml': child } });
  const parent = await begin(
    openWorld(world),
    'name: t\nsteps: [{ id: w, type: wait, event: e }, { id: c, workflow: ./child.yaml }]\noutputs: { ok: "${{ steps.c.output.ok }}" }\n',
    { wait: false },
  );
  expect(await finish(world, parent)).toMatchObject({ status: 'suspended' });
  expect((await scheduled(world)).count).toBe(0);
  await sendEvent(openWorld(world), { event: 'e', data: 1, ttlMs: HOUR });
  expect(await scheduled(world)).toMatchObject({ left: [`${parent.runId} suspended`] });
  const [question] = await listTimers(openWorld(world));
  expect(question).toMatchObject({ kind: 'answer', step: 'ask', waitsFor: 'Go?' });
  expect(await answerRun(openWorld(world), question?.runId ?? '', 'ask', true)).toMatchObject({
    outcome: 'stored',
    goesOn: parent.runId,
  });
  expect(await scheduled(world)).toMatchObject({ left: [`${parent.runId} success`] });
  expect((await showRun(openWorld(world), parent.runId)).outputs).toEqual({ ok: true });
});

test('leaves a run alone that it cannot go on with, and says why', async () => {
  const world = newWorld();
  const source = `name: t\ninputs: { token: { type: string, secret: true } }\n${nap('1h').replace('\nname: t\n', '')}`;
  await finish(
    world,
    await begin(openWorld(world), source, { wait: false, inputs: { token: 'correct-horse' } }),
  );
  world.clock.advance(2 * HOUR);
  const { count, refused } = await scheduled(world);
  expect(count).toBe(0);
  expect(refused).toEqual([expect.stringContaining('token')]);
});

test('timers list what open runs wait for, soonest first', async () => {
  const world = newWorld();
  await finish(world, await begin(openWorld(world), nap('9h'), { wait: false }));
  await finish(
    world,
    await begin(
      openWorld(world),
      'name: u\ntimeout: 2d\nsteps: [{ id: w, type: wait, event: e, timeout: 3h }, { id: q, type: human, message: "Go?" }]\n',
      { wait: false },
    ),
  );
  const timers = await listTimers(openWorld(world));
  expect(timers.map(({ kind, step, waitsFor }) => [kind, step, waitsFor])).toEqual([
    ['event', 'w', 'e'],
    ['sleep', 'nap', undefined],
    ['run-timeout', '(workflow)', undefined],
    ['answer', 'q', 'Go?'],
  ]);
});
