/** Durations as authors write them, in fields of kinds: the schema, and the value in milliseconds once templates are evaluated. */
import { type TUnsafe, Type } from '@sinclair/typebox';
import { parseDuration } from '#compiler';
import { StepFailure } from '../kernel/failure.ts';

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
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  throw new StepFailure(
    'INVALID_DURATION',
    `${JSON.stringify(value)} is not a duration; write milliseconds, or 250ms, 10s, 5m, 2h, 3d, PT15M`,
  );
}
