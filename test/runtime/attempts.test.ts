import { describe, expect, test } from 'vitest';
import { begin, finish, newWorld, openWorld, resume, runToEnd, settled } from './test-project.ts';

const MINUTE = 60_000;

describe('retry', () => {
  test.each([
    ['fixed', [10_000, 10_000, 10_000]],
    ['linear', [10_000, 20_000, 25_000]],
    ['exponential', [10_000, 20_000, 25_000]],
  ])('%s back-off, capped, without jitter', async (backoff, wanted) => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      `
name: t
steps:
  - { id: a, type: effect, fail: 3, retry: { count: 3, backoff: ${backoff}, baseDelay: 10s, maxDelay: 25s, jitter: false } }
`,
    );
    const delays: number[] = [];
    const off = run.subscribe((event) => {
      if (event.type === 'step.retrying') delays.push((event.dueAt ?? 0) - event.ts);
    });
    const result = await finish(world, run);
    off();
    expect(result.steps.a).toMatchObject({ status: 'success', attempts: 4 });
    expect(delays).toEqual(wanted);
  });

  test('jitter takes a delay down to half at most', async () => {
    const { world, result } = await runToEnd(
      'name: t\nsteps:\n  - { id: a, type: effect, fail: 20, retry: { count: 20, backoff: fixed, baseDelay: 10s } }\n',
    );
    expect(result.steps.a?.attempts).toBe(21);
    expect(result.durationMs).toBeGreaterThanOrEqual(20 * 5000);
    expect(result.durationMs).toBeLessThanOrEqual(20 * 10_000);
    expect(world.effects.count('a')).toBe(21);
  });

  test('only what can help is tried again: the failure says it, or retry.on', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: fatal, type: effect, fail: true, retryable: false, retry: { count: 3 } }
  - { id: asked, type: effect, fail: true, retryable: false, code: BUSY, retry: { count: 2, on: "error.code == 'BUSY'" } }
  - { id: other, type: effect, fail: true, retryable: true, code: GONE, retry: { count: 2, on: "error.code == 'BUSY'" } }
`);
    expect(result.steps.fatal?.attempts).toBe(1);
    expect(result.steps.asked?.attempts).toBe(3);
    expect(result.steps.other?.attempts).toBe(1);
  });
});

describe('time limits', () => {
  test('timeout ends the attempt, names the limit, and the next attempt has its own', async () => {
    const { result, world } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, hang: true, timeout: 5s, retry: { count: 1, backoff: fixed, baseDelay: 10s, jitter: false } }
`);
    expect(result.steps.a).toMatchObject({
      status: 'failed',
      attempts: 2,
      error: { code: 'TIMEOUT', message: 'took longer than 5000 ms', attempt: 2 },
    });
    expect(result.durationMs).toBe(20_000);
    expect(world.effects.log.filter(({ what }) => what === 'abort')).toHaveLength(2);
  });

  test('a timeout may be an expression', async () => {
    const { result } = await runToEnd(
      'name: t\ninputs: { s: { type: integer, default: 3 } }\nsteps:\n  - { id: a, type: effect, hang: true, timeout: "${{ inputs.s }}s" }\n',
    );
    expect(result.steps.a?.error?.message).toBe('took longer than 3000 ms');
  });

  test('an effect that finishes in spite of its time-out is not thrown away', async () => {
    const { result } = await runToEnd(
      'name: t\nsteps:\n  - { id: a, type: effect, hang: true, stubborn: true, value: 1, timeout: 3s }\n',
    );
    expect(result.steps.a).toMatchObject({ status: 'success', output: 1 });
  });

  test.each([
    ['while an attempt runs', 'hang: true'],
    ['while it backs off', 'fail: true, retry: { count: 9, backoff: fixed, baseDelay: 1h, maxDelay: 2h }'],
    ['though retry.on would go on', 'hang: true, retry: { count: 9, on: "true" }'],
  ])('totalTimeout ends the step for good %s', async (_, fields) => {
    const { result } = await runToEnd(
      `name: t\nsteps:\n  - { id: a, type: effect, totalTimeout: 10m, ${fields} }\n`,
    );
    expect(result.steps.a).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'TOTAL_TIMEOUT' } });
    expect(result.durationMs).toBe(10 * MINUTE);
  });

  test('totalTimeout ends a step that waits for a slot, and frees its place', async () => {
    const { result, world } = await runToEnd(`
name: t
concurrency: 1
on_failure: continue
steps:
  - { id: a, type: effect, ms: 600000, priority: 3 }
  - { id: b, type: effect, totalTimeout: 1m, priority: 2 }
  - { id: c, type: effect, priority: 1 }
`);
    expect(result.steps.b).toMatchObject({ status: 'failed', attempts: 0, error: { code: 'TOTAL_TIMEOUT' } });
    expect(world.effects.begun).toEqual(['a', 'c']);
  });

  test('onTimeout: skip and allowFailure hold for both limits', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, hang: true, timeout: 1s, onTimeout: skip }
  - { id: b, type: effect, fail: true, retry: { count: 9, baseDelay: 1h }, totalTimeout: 5s, onTimeout: skip }
  - { id: c, type: effect, fail: true, retry: { count: 9, baseDelay: 1h }, totalTimeout: 5s, allowFailure: true }
  - { id: d, type: effect, needs: [c] }
`);
    expect(result.status).toBe('success');
    expect(result.steps.a).toMatchObject({ status: 'skipped', attempts: 1 });
    expect(result.steps.a?.skipReason).toBe('timed out: took longer than 1000 ms (onTimeout: skip)');
    expect(result.steps.b?.status).toBe('skipped');
    expect(result.steps.c).toMatchObject({ status: 'success', outcome: 'failed' });
    expect(result.steps.d?.status).toBe('success');
  });

  test('the limit of an attempt that is redone after a crash begins anew; totalTimeout goes on', async () => {
    const world = newWorld();
    const source = 'name: t\nsteps:\n  - { id: a, type: effect, gate: g, timeout: 1h, totalTimeout: 90m }\n';
    const first = await begin(openWorld(world), source);
    await settled();
    world.clock.advance(50 * MINUTE);
    await settled();
    await first.abort();
    world.clock.advance(20 * MINUTE);
    const second = await resume(openWorld(world), first.runId);
    await settled();
    expect(world.effects.count('a')).toBe(2);
    world.clock.advance(15 * MINUTE);
    await settled();
    expect(second.host.run.ledger.has('a')).toBe(false);
    const result = await finish(world, second);
    expect(result.steps.a?.error?.code).toBe('TOTAL_TIMEOUT');
    expect(result.durationMs).toBe(90 * MINUTE);
  });

  test('the run’s own timeout cancels what runs and is the failure that is told', async () => {
    const { result } = await runToEnd(`
name: t
timeout: 1h
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect } }
  - { id: nap, type: sleep, duration: 3h }
  - { id: b, type: effect, needs: nap }
finally: [{ id: f, type: effect }]
`);
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'RUN_TIMEOUT' },
      durationMs: 60 * MINUTE,
    });
    expect(result.steps.nap).toMatchObject({ status: 'canceled' });
    expect(result.steps.nap?.skipReason).toContain('timeout');
    expect(result.steps['compensate/a']?.status).toBe('success');
    expect(result.steps['finally/f']?.status).toBe('success');
  });
});

test('a jump of the wall clock neither fires a timer early nor loses it', async () => {
  const world = newWorld();
  const run = await begin(openWorld(world), 'name: t\nsteps:\n  - { id: nap, type: sleep, duration: 1h }\n');
  await settled();
  world.clock.advance(30 * MINUTE);
  world.clock.shiftWallClock(-20 * MINUTE);
  world.clock.advance(29 * MINUTE);
  await settled();
  expect(run.host.run.ledger.has('nap')).toBe(false);
  // An hour has passed, whatever the clock on the wall says.
  world.clock.advance(MINUTE);
  await settled();
  expect(run.host.run.ledger.has('nap')).toBe(true);
  expect((await finish(world, run)).status).toBe('success');
});
