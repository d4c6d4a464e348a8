/** The sleep kind is interpreted by the statechart; here is what its fields say. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { durationMs } from '../../src/steps/duration.ts';
import { sleep } from '../../src/steps/sleep/index.ts';
import { runExample } from './run-example.ts';

it('takes no slot and has no executor of its own', () => {
  expect(sleep).toMatchObject({ kind: 'sleep', control: 'suspend', takesSlot: false });
  expect(sleep.run).toBeUndefined();
});

it.each([
  [1500, 1500],
  ['250ms', 250],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['3d', 259_200_000],
  ['PT15M', 900_000],
  ['P1DT1H', 90_000_000],
])('reads the duration %s as %i ms', (written, ms) => {
  expect(durationMs(written)).toBe(ms);
});

it.each(['', 'soon', '5 minutes', '-1s', 'P', 'PT', -5, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses %s',
  (written) => {
    expect(() => durationMs(written)).toThrow(expect.objectContaining({ code: 'INVALID_DURATION' }));
  },
);

it('describes itself for a dry run', () => {
  expect(sleep.describe?.({ duration: '5m' })).toBe('sleep 5m');
  fc.assert(fc.property(fc.nat(), (ms) => sleep.describe?.({ duration: ms }) === `sleep ${ms}ms`));
});

it('waits in its example', async () => {
  const run = await runExample('sleep');
  expect(run).toMatchObject({ status: 'success', outputs: { order: ['before', 'after'] } });
  expect(run.durationMs).toBeGreaterThanOrEqual(200);
});
