/** Points in time. Text is ISO 8601, in UTC unless it says otherwise; numbers are milliseconds since the epoch. */
import { parseDuration } from '../../lower/duration.ts';
import { Refusal } from '../expression-error.ts';
import { defineTransform, type Transform, takeText, wrongType } from './define.ts';
import { zonedFields } from './time-zone.ts';

export const dateTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'now()',
    summary: 'The time of evaluation as ISO text in UTC; recorded, so that a replay sees the same.',
    examples: [['now()', '2026-01-02T03:04:05.006Z']],
    apply: (_args, { options }) => isoOf(options.hooks.now()),
  }),
  defineTransform({
    signature: 'date(time, [format], [timezone])',
    summary:
      "As ISO text, or by a format of `YYYY MM DD HH mm ss SSS Z`, or `'ms'` or `'unix'` for a number. The zone is `UTC` or a name such as `Europe/Lisbon`.",
    examples: [
      ['0|date', '1970-01-01T00:00:00.000Z'],
      [`'2026-03-04'|date('DD.MM.YYYY')`, '04.03.2026'],
      [`'2026-07-01T12:00:00Z'|date('YYYY-MM-DD HH:mm Z', 'Europe/Lisbon')`, '2026-07-01 13:00 +01:00'],
      [`'2026-01-01T00:00:00Z'|date('unix')`, 1767225600],
    ],
    apply: ([time, format, timezone]) =>
      formatTime(
        takeTime(time),
        format === undefined ? 'iso' : takeText(format, 'the format'),
        takeText(timezone ?? 'UTC', 'the time zone'),
      ),
  }),
  defineTransform({
    signature: 'addDuration(time, duration)',
    summary:
      'That much later, or earlier with `-`: milliseconds, `90s`, `5m`, `2h`, `3d` or ISO 8601 such as `PT15M`. Gives ISO text.',
    examples: [
      [`'2026-01-01T00:00:00Z'|addDuration('36h')`, '2026-01-02T12:00:00.000Z'],
      [`'2026-01-01T00:00:00Z'|addDuration('-PT15M')`, '2025-12-31T23:45:00.000Z'],
    ],
    apply: ([time, duration]) => isoOf(takeTime(time) + takeDuration(duration)),
  }),
];

const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2}))?(?:[.,](\d{1,9}))?\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Milliseconds since the epoch. The host's own time zone is never used. */
function takeTime(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw wrongType('the time', 'ISO text or milliseconds', value);
  const text = value.trim();
  if (/^-?\d{9,16}$/.test(text)) return Number(text);
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = ISO.exec(text) ?? [];
  const offset = /^[+-]\d{2}$/.test(zone)
    ? `${zone}:00`
    : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();
  const time =
    day === undefined
      ? Number.NaN
      : Date.parse(`${day}T${minute}:${second}.${`${fraction}000`.slice(0, 3)}${offset}`);
  if (Number.isNaN(time) || !isRealDay(day ?? '')) {
    throw new Refusal(
      'EXPRESSION_VALUE',
      'the text is not a time',
      'write it as 2026-01-31 or 2026-01-31T12:00:00Z',
    );
  }
  return time;
}

/** Date.parse takes 30 February for 2 March: a day that does not come back the same does not exist. */
function isRealDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** Durations as the workflow language has them, and with a `-` before them. */
function takeDuration(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = takeText(value, 'the duration').trim();
  const duration = text.startsWith('-') ? negated(parseDuration(text.slice(1))) : parseDuration(text);
  if (duration !== undefined) return duration;
  throw new Refusal(
    'EXPRESSION_VALUE',
    'the text is not a duration',
    'write it as 250ms, 10s, 5m, 2h, 3d or PT15M',
  );
}

function negated(duration: number | undefined): number | undefined {
  return duration === undefined ? undefined : -duration;
}

function isoOf(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) throw new Refusal('EXPRESSION_VALUE', 'the time is out of range');
  return date.toISOString();
}

function formatTime(time: number, format: string, timezone: string): string | number {
  const iso = isoOf(time);
  if (format === 'ms') return time;
  if (format === 'unix') return Math.floor(time / 1000);
  if (format === 'iso' && timezone === 'UTC') return iso;
  const fields = zonedFields(time, timezone);
  if (format === 'iso') return formatTime(time, 'YYYY-MM-DDTHH:mm:ss.SSSZ', timezone);
  return format.replace(/YYYY|MM|DD|HH|mm|ss|SSS|Z/g, (token) => fields[token] ?? token);
}
