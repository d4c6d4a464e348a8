/** When a sleep until a time ends: zones, summer time, cron, and what is refused. */
import { describe, expect, test } from 'vitest';
import { compile, locate } from '#compiler';
import { builtinCatalog } from '../../src/steps/catalog.ts';
import { sleep } from '../../src/steps/sleep/index.ts';
import { type Until, untilMs } from '../../src/steps/sleep/until.ts';

const NOON = Date.UTC(2026, 2, 28, 12);
const at = (until: Until['until'], timezone?: string, now = NOON): string =>
  new Date(untilMs({ until, ...(timezone !== undefined && { timezone }) }, now)).toISOString();

describe('an ISO time', () => {
  test.each([
    ['2026-12-24T18:00:00Z', undefined, '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00+01:00', undefined, '2026-12-24T17:00:00.000Z'],
    ['2026-12-24 18:00:00.250-0530', undefined, '2026-12-24T23:30:00.250Z'],
    ['2026-12-24T18:00', 'Europe/Berlin', '2026-12-24T17:00:00.000Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00.000Z'],
    ['2026-12-24T18:00', 'UTC', '2026-12-24T18:00:00.000Z'],
    ['2020-01-01T00:00:00Z', undefined, '2020-01-01T00:00:00.000Z'],
  ])('%s in zone %s is %s', (until, timezone, expected) => {
    expect(at(until, timezone)).toBe(expected);
  });

  test('that summer time leaves out is moved on by the gap; of two the same, the first counts', () => {
    expect(at('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(at('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-10-25T02:30+01:00')).toBe('2026-10-25T01:30:00.000Z');
  });
});

describe('a cron expression', () => {
  test('gives its next run in its zone, and never the present minute', () => {
    expect(at('0 9 * * 1-5', 'Europe/Berlin')).toBe('2026-03-30T07:00:00.000Z');
    expect(at({ cron: '0 9 * * *', timezone: 'Asia/Tokyo' })).toBe('2026-03-29T00:00:00.000Z');
    expect(at({ cron: '30 0 9 * * *' }, 'UTC')).toBe('2026-03-29T09:00:30.000Z');
    expect(at('0 12 * * *', 'UTC')).toBe('2026-03-29T12:00:00.000Z');
    expect(at('0 0 29 2 *', 'UTC')).toBe('2028-02-29T00:00:00.000Z');
  });

  test('at a time that summer time leaves out runs once, when the gap is over', () => {
    expect(at('30 2 * * *', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z');
    expect(at('30 2 * * *', 'Europe/Berlin', Date.UTC(2026, 2, 29, 1))).toBe('2026-03-30T00:30:00.000Z');
  });

  test('at a time that comes twice runs once, the first time', () => {
    expect(at('30 2 * * *', 'Europe/Berlin', Date.UTC(2026, 9, 24, 12))).toBe('2026-10-25T00:30:00.000Z');
    expect(at('30 2 * * *', 'Europe/Berlin', Date.UTC(2026, 9, 25, 0, 30))).toBe('2026-10-26T01:30:00.000Z');
  });
});

const REFUSED: [Until['until'], string | undefined, string, string][] = [
  ['2026-02-30T10:00:00Z', undefined, 'BAD_TIME', 'is not an ISO time'],
  ['2026-12-24T25:00Z', undefined, 'BAD_TIME', 'is not an ISO time'],
  ['2026-12-24T18:00', undefined, 'BAD_TIMEZONE', 'does not say in which zone; add timezone'],
  ['2026-12-24T18:00', 'Mars/Olympus', 'BAD_TIMEZONE', '"Mars/Olympus" is no time zone'],
  ['0 9 * * *', undefined, 'BAD_TIMEZONE', 'does not say in which zone'],
  ['61 * * * *', 'UTC', 'BAD_CRON', 'Invalid value for minute: 61'],
  ['tomorrow', 'UTC', 'BAD_CRON', 'neither an ISO time nor a cron expression'],
  ['0 0 31 2 *', 'UTC', 'CRON_NEVER', 'never comes'],
];

test.each(REFUSED)('%j in zone %s is refused with %s', (until, timezone, code, message) => {
  expect(() => at(until, timezone)).toThrow(
    expect.objectContaining({ code, retryable: false, message: expect.stringContaining(message) }),
  );
});

describe('the compiler', () => {
  const problems = (...lines: string[]): string[] => {
    const source = `name: w\ninputs: { zone: { type: string, default: UTC } }\noutputs: { z: "\${{ inputs.zone }}" }\nsteps:\n  - id: a\n    type: sleep\n${lines.map((line) => `    ${line}\n`).join('')}`;
    return compile(source, { catalog: builtinCatalog }).diagnostics.map(({ code, span, path }) => {
      const { line, column } = locate(source, span.start);
      return `${code} ${line}:${column} ${path}`;
    });
  };

  test('finds what can never come before the run, at the field', () => {
    expect(problems('until: "0 0 31 2 *"', 'timezone: UTC')).toEqual(['BAD_FIELD 7:12 steps[0].until']);
    expect(problems('until: 2026-02-30T10:00:00Z')).toEqual(['BAD_FIELD 7:12 steps[0].until']);
    expect(problems('until: "0 9 * * *"')).toEqual(['BAD_FIELD 7:12 steps[0].until']);
    expect(problems('until: "0 9 * * *"', 'timezone: CETX')).toEqual(['BAD_FIELD 8:15 steps[0].timezone']);
    expect(problems('until: { cron: "x", timezone: UTC }')).toEqual(['BAD_FIELD 7:12 steps[0].until']);
    expect(problems('duration: 1h', 'timezone: UTC')).toEqual(['BAD_FIELD 8:15 steps[0].timezone']);
  });

  test('leaves to the run what is computed, and accepts what is right', () => {
    expect(problems('until: "0 0 31 2 *"', 'timezone: ${{ inputs.zone }}')).toEqual([]);
    expect(problems('until: { cron: "0 9 * * 1-5", timezone: Europe/Berlin }')).toEqual([]);
    expect(problems('until: 2026-12-24T18:00:00+01:00')).toEqual([]);
  });

  test('wants either a duration or a time', () => {
    expect(problems('timezone: UTC')).toEqual(['MISSING_FIELD 5:5 steps[0]']);
    expect(problems('duration: 1s', 'until: 2026-12-24T18:00:00Z')).toHaveLength(1);
    expect(problems('until: { corn: "0 9 * * *" }')).toEqual(['UNKNOWN_FIELD 7:14 steps[0].until.corn']);
  });
});

test('describes itself for a dry run', () => {
  expect(sleep.describe?.({ until: '0 9 * * *', timezone: 'UTC' })).toBe('sleep until 0 9 * * * (UTC)');
  expect(sleep.describe?.({ until: { cron: '0 9 * * *', timezone: 'UTC' } })).toBe(
    'sleep until 0 9 * * * (UTC)',
  );
});
