import { expect, test } from 'vitest';
import { parseDuration } from '../../../compiler/lower/duration.ts';

test.each([
  ['250ms', 250],
  ['10s', 10_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['3d', 259_200_000],
  ['PT15M', 900_000],
  ['P1DT2H3M4.5S', 93_784_500],
  ['P2W', 1_209_600_000],
  [' 5m ', 300_000],
  [1234, 1234],
  [0, 0],
  [0.4, 0],
] as const)('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '5',
  '5 m',
  '5min',
  '-5s',
  'P',
  'PT',
  'P1DT',
  'P1M',
  'P1Y',
  '1h30m',
  '5M',
  'Infinity',
  '1e3s',
  `${'9'.repeat(20)}d`,
])('the text %j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('the number %d is no duration', (value) => {
  expect(parseDuration(value)).toBeUndefined();
});
