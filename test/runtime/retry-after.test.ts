/** A failure may say when another attempt makes sense; the retry waits at least so long, also across a crash. */
import { Type } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import { computeBackoffDelayMs } from '../../src/runtime/backoff.ts';
import { defineStep, type StepKind } from '../../src/steps/define.ts';
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

const HOUR = 3_600_000;

/** Fails its first attempt, asking for patience; tells when each attempt began. */
function busyKind(world: () => World, begun: number[]): StepKind {
  return defineStep({
    kind: 'busy',
    summary: 'Fails once.',
    schema: Type.Object({ ms: Type.Number({ description: 'Patience.' }) }, { additionalProperties: false }),
    run: async ({ ms }, { attempt }) => {
      begun.push(world().clock.now());
      if (attempt > 1) return { output: 'served' };
      throw new StepFailure('BUSY', 'come back later', { retryable: true, retryAfterMs: ms });
    },
  }) as unknown as StepKind;
}

function busyWorld(): { world: World; begun: number[] } {
  const begun: number[] = [];
  const world: World = newWorld({ kinds: [busyKind(() => world, begun)] });
  return { world, begun };
}

const workflow = (ms: number, retry: string, more = ''): string =>
  `name: t\nsteps:\n  - { id: a, type: busy, ms: ${ms}, retry: { count: 1, backoff: fixed, ${retry} }${more} }\n`;

test.each([
  ['shorter than the back-off has no effect', 2000, 'baseDelay: 10s, jitter: false', 10_000],
  ['longer than the back-off is waited for', 30_000, 'baseDelay: 10s, jitter: false', 30_000],
  ['is waited for even beyond maxDelay', 2 * HOUR, 'baseDelay: 10s, maxDelay: 20s, jitter: false', 2 * HOUR],
  ['of more than a day is a day', 900 * HOUR, 'baseDelay: 10s, jitter: false', 24 * HOUR],
])('a time that %s', async (_title, ms, retry, wanted) => {
  const { world, begun } = busyWorld();
  const result = await finish(world, await begin(openWorld(world), workflow(ms, retry)));
  expect(result.steps.a).toMatchObject({ status: 'success', attempts: 2 });
  expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBe(wanted);
});

test('jitter never shortens what was asked for, and adds a tenth at most', () => {
  const retry = { count: 1, backoff: 'fixed', baseDelayMs: 1000, maxDelayMs: 5000, jitter: true } as const;
  expect(computeBackoffDelayMs(retry, 1, 0, 60_000)).toBe(60_000);
  expect(computeBackoffDelayMs(retry, 1, 0.999, 60_000)).toBeLessThanOrEqual(66_000);
  expect(computeBackoffDelayMs(retry, 1, 0.999, 60_000)).toBeGreaterThan(65_000);
});

test('a crash while waiting neither shortens nor prolongs the wait', async () => {
  const { world, begun } = busyWorld();
  const first = openWorld(world);
  const run = await begin(first, workflow(6 * HOUR, 'baseDelay: 1s, jitter: false'));
  while (begun.length === 0) await settled();
  await run.host.run.recorder.durable();
  await settled();
  world.clock.advance(2 * HOUR);
  await die(first);
  world.clock.advance(HOUR);
  const result = await finish(world, await resume(openWorld(world), run.runId));
  expect(result.steps.a).toMatchObject({ status: 'success', output: 'served', attempts: 2 });
  expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBe(6 * HOUR);
});

test('totalTimeout ends the wait, and the failure keeps the time for expressions', async () => {
  const { world, begun } = busyWorld();
  const source = workflow(HOUR, 'baseDelay: 1s', ', totalTimeout: 10m, allowFailure: true');
  const result = await finish(world, await begin(openWorld(world), source));
  expect(result.steps.a).toMatchObject({ outcome: 'failed', error: { code: 'TOTAL_TIMEOUT' } });
  expect(begun).toHaveLength(1);

  const other = busyWorld();
  const once = `name: t\noutputs: { ms: "\${{ steps.a.error.retryAfterMs }}" }\nsteps:\n  - { id: a, type: busy, ms: 1500, allowFailure: true }\n`;
  const told = await finish(other.world, await begin(openWorld(other.world), once));
  expect(told.outputs).toEqual({ ms: 1500 });
});

test('other failures are retried as ever', async () => {
  const { result } = await runToEnd(
    'name: t\nsteps:\n  - { id: a, type: effect, fail: 1, retry: { count: 1, backoff: fixed, baseDelay: 10s, jitter: false } }\n',
  );
  expect(result.durationMs).toBe(10_000);
});
