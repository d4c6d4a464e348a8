import { expect, test } from 'vitest';
import { retryAfterMs } from '../../../src/services/http/retry-after.ts';

const now = Date.parse('2026-11-22T10:00:00Z');

test.each([
  ['120', 120_000],
  [' 7 ', 7000],
  ['0', 0],
  ['1.5', 1500],
  ['Sun, 22 Nov 2026 10:01:30 GMT', 90_000],
  ['Sunday, 22-Nov-26 10:01:30 GMT', 90_000],
  ['Sun Nov 22 10:01:30 2026', 90_000],
  ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
])('"%s" is %d ms', (value, ms) => {
  expect(retryAfterMs(value, { now })).toBe(ms);
});

test.each([
  undefined,
  '',
  'soon',
  '-5',
  '1e3',
  '2026-11-22T10:01:30Z',
  'Sun, 99 Nov 2026',
  'NaN',
  '5 minutes',
])('"%s" asks for nothing', (value) => {
  expect(retryAfterMs(value, { now })).toBeUndefined();
});

test('a moment is meant by the clock of the server, which may be wrong', () => {
  const date = 'Sun, 22 Nov 2026 13:00:00 GMT';
  expect(retryAfterMs('Sun, 22 Nov 2026 13:00:20 GMT', { date, now })).toBe(20_000);
  expect(retryAfterMs('Sun, 22 Nov 2026 10:00:20 GMT', { date: 'nonsense', now })).toBe(20_000);
});
