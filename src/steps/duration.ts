/** Durations as authors write them, in fields of kinds: the schema, and the value in milliseconds once templates are evaluated. */
import { type TUnsafe, Type } from '@sinclair/typebox';
import { StepFailure } from '../kernel/failure.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const ISO = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds as a number, `250ms`, `10s`, `5m`, `2h`, `3d`, or ISO 8601 such as `PT15M`; noted for the compiler, which judges it. */
export function durationSchema(options: {
  description: string;
  default?: string | number;
}): TUnsafe<number | string> {
  return Type.Unsafe<number | string>({
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern: '^(\\d+(\\.\\d+)?\\s*(ms|s|m|h|d)?|P.+)$' },
    ],
    examples: ['250ms', '10s', '5m', '2h', '3d', 'PT15M'],
    ...options,
    'x-keystone': 'duration',
  });
}

/** @throws {StepFailure} INVALID_DURATION, not retryable, naming the value. */
export function durationMs(value: number | string): number {
  const ms = typeof value === 'number' ? value : (fromShort(value) ?? fromIso(value));
  if (ms !== undefined && Number.isFinite(ms) && ms >= 0) return ms;
  throw new StepFailure(
    'INVALID_DURATION',
    `${JSON.stringify(value)} is not a duration; write milliseconds, or 250ms, 10s, 5m, 2h, 3d, PT15M`,
  );
}

function fromShort(text: string): number | undefined {
  const match = SHORT.exec(text.trim());
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : undefined;
}

function fromIso(text: string): number | undefined {
  const match = ISO.exec(text.trim());
  if (!match || match.slice(1).every((part) => part === undefined)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return days * UNIT_MS.d! + hours * UNIT_MS.h! + minutes * UNIT_MS.m! + seconds * UNIT_MS.s!;
}
