/** Configured pools are shared by all processes of a project: two engines on one store, and one that dies. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listPools } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

const POOL = (limit: number) => ({ config: { pools: { scarce: { limit } } } });
const gated = (count: number, prefix = 's'): string =>
  `name: ${prefix}\nsteps:\n${Array.from(
    { length: count },
    (_, i) => `  - { id: ${prefix}${i}, type: effect, pool: scarce, gate: ${prefix}${i} }`,
  ).join('\n')}\n`;

const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 20_000, interval: 10 });
const ended = (world: World, path: string): boolean =>
  world.effects.log.some((each) => each.path === path && each.what === 'end');

/** Watches what a process is told of its pools; settles when it has heard that another waits for slots. */
async function whenContended(project: ReturnType<typeof openWorld>): Promise<() => Promise<void>> {
  const { store } = await engineOf(project);
  const share = vi.spyOn(store.pools, 'share');
  return async () => {
    await until(async () => {
      const told = await Promise.all(share.mock.results.map(({ value }) => value));
      expect(told.flat().some(({ contended }) => contended)).toBe(true);
    });
    await settled();
  };
}

/** A round of the engine's look at the store, and some. */
const aLook = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

/** One more user of a project's engine, so that it can be looked into. */
async function engineOf(project: ReturnType<typeof openWorld>) {
  const { engine, release } = await acquireEngine(project);
  onTestFinished(() => release().catch(() => {}));
  return engine;
}

describe('a configured pool with two processes', () => {
  test('is never held by more steps than its limit, and both get their part', async () => {
    const world = newWorld(POOL(4));
    const [one, two] = [openWorld(world), openWorld(world)];
    const firstHasSeenTheOther = await whenContended(one);
    const first = await begin(one, gated(8, 'a'));
    await settled();
    expect(world.effects.begun).toHaveLength(4);
    const second = await begin(two, gated(8, 'b'));
    await firstHasSeenTheOther();
    // The first gives slots back as its steps end, until both have two.
    for (const id of ['a0', 'a1']) world.effects.open(id);
    await until(() => expect(world.effects.begun.filter((path) => path.startsWith('b'))).toHaveLength(2));
    expect(world.effects.begun.filter((path) => path.startsWith('a'))).toHaveLength(4);
    for (let i = 0; i < 8; i++) for (const name of ['a', 'b']) world.effects.open(`${name}${i}`);
    expect((await first.result).status).toBe('success');
    expect((await second.result).status).toBe('success');
    expect(world.effects.mostRunning).toBe(4);
  });

  test('is passed to and fro when there is but one slot', async () => {
    const world = newWorld(POOL(1));
    const one = openWorld(world);
    const firstHasSeenTheOther = await whenContended(one);
    const first = await begin(one, gated(3, 'a'));
    await settled();
    const second = await begin(openWorld(world), gated(3, 'b'));
    for (let round = 0; round < 3; round++) {
      await until(() => expect(world.effects.begun).toContain(`a${round}`));
      if (round === 0) await firstHasSeenTheOther();
      world.effects.open(`a${round}`);
      await until(() => expect(world.effects.begun).toContain(`b${round}`));
      world.effects.open(`b${round}`);
    }
    await Promise.all([first.result, second.result]);
    expect(world.effects.begun).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    expect(world.effects.mostRunning).toBe(1);
  });

  test('belongs to the one that is left when the other is killed; the interrupted step waits for a slot', async () => {
    const world = newWorld(POOL(1));
    const [one, two] = [openWorld(world), openWorld(world)];
    const killed = await begin(one, gated(1, 'a'));
    await settled();
    const other = await begin(two, gated(1, 'b'));
    await settled();
    expect(world.effects.begun).toEqual(['a0']);
    await die(one);
    await until(() => expect(world.effects.begun).toEqual(['a0', 'b0']));
    const third = openWorld(world);
    const again = await resume(third, killed.runId);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(world.effects.begun).toEqual(['a0', 'b0']);
    world.effects.open('b0');
    expect((await other.result).status).toBe('success');
    await until(() => expect(world.effects.begun).toEqual(['a0', 'b0', 'a0']));
    world.effects.open('a0');
    expect((await again.result).status).toBe('success');
    expect(ended(world, 'a0')).toBe(true);
  });

  test('asks the store once, not for every step, while no other process wants it', async () => {
    const world = newWorld(POOL(2));
    const project = openWorld(world);
    const engine = await engineOf(project);
    const share = vi.spyOn(engine.store.pools, 'share');
    const steps = Array.from(
      { length: 50 },
      (_, i) => `  - { id: s${i}, type: effect, pool: scarce, ms: 1 }`,
    );
    const result = await finish(world, await begin(project, `name: t\nsteps:\n${steps.join('\n')}\n`));
    expect(result.status).toBe('success');
    expect(share).toHaveBeenCalledTimes(1);
    expect(await engine.store.pools.slots()).toEqual([]);
    expect(await engine.store.pools.parts()).toEqual([]);
  });

  test('that nobody names costs nothing', async () => {
    const world = newWorld(POOL(2));
    const project = openWorld(world);
    const engine = await engineOf(project);
    const share = vi.spyOn(engine.store.pools, 'share');
    const giveUp = vi.spyOn(engine.store.pools, 'giveUp');
    await finish(world, await begin(project, 'name: t\nsteps:\n  - { id: a, type: effect }\n'));
    expect(share).not.toHaveBeenCalled();
    expect(giveUp).not.toHaveBeenCalled();
  });
});

test('what holds a slot and what waits for one is on disk before the effect', async () => {
  const world = newWorld(POOL(1));
  const project = openWorld(world);
  const engine = await engineOf(project);
  const run = await begin(project, gated(2));
  await settled();
  expect(await engine.store.pools.slots()).toMatchObject([
    { runId: run.runId, path: 's0', pool: 'scarce', state: 'held', owner: engine.store.owner },
    { runId: run.runId, path: 's1', pool: 'scarce', state: 'waiting' },
  ]);
  run.cancel();
  await finish(world, run);
  expect(await engine.store.pools.slots()).toEqual([]);
});

test('time in the queue does not count as time of the attempt', async () => {
  const world = newWorld(POOL(1));
  const steps = [
    '{ id: long, type: effect, pool: scarce, ms: 60000, priority: 1 }',
    '{ id: short, type: effect, pool: scarce, ms: 500, timeout: 1s }',
  ];
  const run = await begin(openWorld(world), `name: t\nsteps:\n${steps.map((s) => `  - ${s}`).join('\n')}\n`);
  const result = await finish(world, run);
  expect(result.status).toBe('success');
  expect(result.steps.short).toMatchObject({ status: 'success', attempts: 1 });
});

test('an interrupted attempt that waits for a slot does not use up its timeout, and has it whole afterwards', async () => {
  const world = newWorld(POOL(1));
  const one = openWorld(world);
  const source = 'name: t\nsteps:\n  - { id: a, type: effect, pool: scarce, hang: true, timeout: 10s }\n';
  const killed = await begin(one, source);
  await settled();
  await die(one);
  const two = openWorld(world);
  const holder = await begin(two, gated(1, 'b'));
  await settled();
  const again = await resume(openWorld(world), killed.runId);
  await settled();
  world.clock.advance(60_000);
  await settled();
  expect(world.effects.count('a')).toBe(1);
  world.effects.open('b0');
  await holder.result;
  await until(() => expect(world.effects.count('a')).toBe(2));
  await settled();
  world.clock.advance(9_000);
  await settled();
  expect(again.host.run.ledger.has('a')).toBe(false);
  world.clock.advance(1_500);
  expect((await again.result).steps.a).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } });
});

test('a parent and its child do not wait for each other over a pool of one slot', async () => {
  const child = 'name: child\nsteps:\n  - { id: c, type: effect, pool: scarce }\n';
  const world = newWorld({
    config: { concurrency: 1, pools: { scarce: { limit: 1 }, workflow: { limit: 1 } } },
    files: { 'child.yaml': child },
  });
  const steps = [
    '{ id: one, type: workflow, workflow: child.yaml }',
    '{ id: two, type: workflow, workflow: child.yaml }',
    '{ id: three, type: effect, pool: scarce }',
  ];
  const run = await begin(openWorld(world), `name: t\nsteps:\n${steps.map((s) => `  - ${s}`).join('\n')}\n`);
  expect((await finish(world, run)).status).toBe('success');
  expect(world.effects.mostRunning).toBe(1);
});

describe('two processes with different limits configured', () => {
  test('keep to the lower one while both use the pool, and to their own when they are alone again', async () => {
    const world = newWorld(POOL(4));
    const [one, two] = [
      openWorld(world),
      openWorld({ ...world, config: { ...world.config, ...POOL(2).config } }),
    ];
    const firstHasSeenTheOther = await whenContended(one);
    const first = await begin(one, gated(8, 'a'));
    await settled();
    expect(world.effects.begun).toHaveLength(4);
    const second = await begin(two, gated(2, 'b'));
    await firstHasSeenTheOther();
    expect(await listPools(one)).toMatchObject([{ pool: 'scarce', limit: 2, configured: 4, used: 4 }]);
    expect(await listPools(two)).toMatchObject([{ limit: 2, configured: 2 }]);
    // Nothing that runs is interrupted, but nothing begins before fewer than two are left.
    for (const id of ['a0', 'a1']) world.effects.open(id);
    await aLook();
    expect(world.effects.running).toBe(2);
    expect(world.effects.begun).toHaveLength(4);
    world.effects.open('a2');
    await until(() => expect(world.effects.begun.at(-1)).toBe('b0'));
    expect(world.effects.running).toBe(2);
    world.effects.open('b0');
    await until(() => expect(world.effects.begun.at(-1)).toBe('b1'));
    await aLook();
    expect(world.effects.running).toBe(2);
    world.effects.open('b1');
    expect((await second.result).status).toBe('success');
    await until(() => expect(world.effects.running).toBe(4));
    expect(await listPools(two)).toMatchObject([{ limit: 4, configured: 2 }]);
    for (let i = 0; i < 8; i++) world.effects.open(`a${i}`);
    expect((await first.result).status).toBe('success');
    expect(await listPools(two)).toMatchObject([{ limit: 2, configured: 2, processes: [] }]);
  });

  test('tell a pool that only the other one has configured', async () => {
    const world = newWorld(POOL(4));
    const run = await begin(openWorld(world), gated(1, 'a'));
    await settled();
    const other = openWorld({ ...world, config: { ...world.config, pools: {} } });
    expect(await listPools(other)).toMatchObject([{ pool: 'scarce', limit: 4, configured: null, used: 1 }]);
    world.effects.open('a0');
    await run.result;
    expect(await listPools(other)).toEqual([]);
  });
});
