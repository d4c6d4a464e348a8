/** Waits and the two clocks: the wall clock, which people and daemons set, and the monotonic one. */
import { describe, expect, test } from 'vitest';
import { begin, die, finish, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

const HOUR = 3_600_000;
/** What the simulated clock shows at first is 2026-01-01T00:00Z. */
const UNTIL = sleeping('until: "2026-01-01T02:00:00Z"');
const DURATION = sleeping('duration: 2h');

function sleeping(field: string): string {
  return `name: t\nsteps:\n  - { id: nap, type: sleep, ${field} }\n  - { id: a, type: effect, needs: nap }\n`;
}

/** Moves time on, and lets happen what happens then. */
async function pass(world: World, ms: number): Promise<number> {
  for (let left = ms; left > 0; left -= 60_000) {
    world.clock.advance(Math.min(left, 60_000));
    if (left === ms || left <= 60_000) await settled();
  }
  await settled();
  return world.effects.begun.length;
}

async function napping(source: string): Promise<{ world: World; run: Awaited<ReturnType<typeof begin>> }> {
  const world = newWorld();
  const run = await begin(openWorld(world), source);
  await settled();
  return { world, run };
}

describe('sleep until a time', () => {
  test('wakes at that time, and at once when it is past', async () => {
    const { world, run } = await napping(UNTIL);
    expect(await pass(world, 2 * HOUR - 1)).toBe(0);
    expect(await pass(world, 1)).toBe(1);
    expect((await finish(world, run)).status).toBe('success');
    const late = await begin(openWorld(world), UNTIL);
    expect(await finish(world, late)).toMatchObject({ status: 'success', durationMs: 0 });
  });

  test('follows the wall clock forward within half a minute', async () => {
    const { world, run } = await napping(UNTIL);
    world.clock.shiftWallClock(3 * HOUR);
    expect(await pass(world, 30_000)).toBe(1);
    await finish(world, run);
  });

  test('follows the wall clock back, and never wakes early', async () => {
    const { world, run } = await napping(UNTIL);
    world.clock.shiftWallClock(-HOUR);
    expect(await pass(world, 3 * HOUR - 1)).toBe(0);
    expect(await pass(world, 30_000)).toBe(1);
    await finish(world, run);
  });

  test('computes the next run of a cron expression once: a crash does not move it', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, sleeping('until: "0 2 * * *", timezone: UTC'));
    await settled();
    await die(project);
    world.clock.advance(5 * HOUR);
    const again = await resume(openWorld(world), run.runId);
    expect(await pass(world, 1)).toBe(1);
    expect((await finish(world, again)).status).toBe('success');
  });

  test('fails with a code when it turns out that the time never comes', async () => {
    const world = newWorld();
    const source = `name: t\ninputs: { cron: { type: string } }\nsteps: [{ id: nap, type: sleep, until: "\${{ inputs.cron }}", timezone: UTC }]\n`;
    const run = await begin(openWorld(world), source, { inputs: { cron: '0 0 31 2 *' } });
    const { steps } = await finish(world, run);
    expect(steps.nap?.error).toMatchObject({ code: 'CRON_NEVER', retryable: false });
  });
});

describe('sleep for a duration', () => {
  test.each([5 * HOUR, -5 * HOUR])('is not changed by a jump of the wall clock by %i ms', async (jump) => {
    const { world, run } = await napping(DURATION);
    world.clock.shiftWallClock(jump);
    expect(await pass(world, 2 * HOUR - 1)).toBe(0);
    expect(await pass(world, 1)).toBe(1);
    await finish(world, run);
  });

  test('goes by the wall clock while no process runs the run', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, DURATION);
    await settled();
    await die(project);
    world.clock.shiftWallClock(1.5 * HOUR);
    const again = await resume(openWorld(world), run.runId);
    await settled();
    expect(await pass(world, HOUR / 2 - 1)).toBe(0);
    expect(await pass(world, 1)).toBe(1);
    await finish(world, again);
  });

  test('does not end early when the wall clock was set back meanwhile', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, DURATION);
    await settled();
    await die(project);
    world.clock.shiftWallClock(-HOUR);
    const again = await resume(openWorld(world), run.runId);
    await settled();
    expect(await pass(world, 3 * HOUR - 1)).toBe(0);
    expect(await pass(world, 1)).toBe(1);
    await finish(world, again);
  });
});

test('an attempt that is made again after a crash has its whole time-out again', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(project, 'name: t\nsteps: [{ id: a, type: effect, gate: g, timeout: 2h }]\n');
  await pass(world, 1.9 * HOUR);
  await die(project);
  world.clock.advance(24 * HOUR);
  const again = await resume(openWorld(world), run.runId);
  await pass(world, 1.9 * HOUR);
  world.effects.open('g');
  expect((await finish(world, again)).status).toBe('success');
});
