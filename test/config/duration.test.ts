/** Durations of the configuration and the command line. */
import { expect, test } from 'vitest';
import { parseDurationMs } from '../../src/config/index.ts';

test.each([
  ['250ms', 250],
  ['10s', 10_000],
  ['1.5h', 5_400_000],
  ['3d', 259_200_000],
  ['1500', 1500],
  [1500, 1500],
  ['PT15M', 900_000],
  ['P1DT2H', 93_600_000],
])('%j is %d milliseconds', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});

test.each(['', 'soon', '-5s', '5 minutes', 'P', 'PT', -1, Number.NaN])('%j is no duration', (text) => {
  expect(parseDurationMs(text)).toBeUndefined();
});
