/** Building blocks of the language's schemas: TypeBox schemas with notes for the checks that JSON Schema cannot state. */
import { type SchemaOptions, type TSchema, type TUnsafe, Type } from '@sinclair/typebox';

/**
 * Notes a schema may carry beside JSON Schema keywords. They are dropped from the published schema.
 * - `duration`: milliseconds or a text `parseDuration` reads
 * - `expression`: always an expression, with or without `${{ }}`
 * - `jsonSchema`: the value is itself a JSON Schema
 * - `elsewhere`: checked by a rule of its own, not by the structural walk
 */
export type Note = 'duration' | 'expression' | 'jsonSchema' | 'elsewhere';

export const NOTE = 'x-keystone';
export const TEMPLATES = 'x-keystone-templates';
/** Says in words what a `pattern` wants. */
export const PATTERN_WORDS = 'x-keystone-pattern';

/** Source of the pattern the published schemas use; `parseDuration` is the judge. */
export const DURATION_PATTERN = '^(\\d+(\\.\\d+)?(ms|s|m|h|d)|P.+)$';
const DURATION_EXAMPLES = ['250ms', '10s', '5m', '2h', '3d', 'PT15M'];

/** A duration field: a number of milliseconds, or a text such as `10s`. Kinds use it for their own fields too. */
export function duration(options: SchemaOptions = {}): TUnsafe<string | number> {
  return Type.Unsafe<string | number>({
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern: DURATION_PATTERN },
    ],
    examples: DURATION_EXAMPLES,
    ...options,
    [NOTE]: 'duration',
  });
}

/** A field that is always an expression; `${{ }}` may be left out. */
export function expression(options: SchemaOptions = {}): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', minLength: 1, ...options, [NOTE]: 'expression' });
}

/** A field whose value is a JSON Schema (draft 2020-12). */
export function jsonSchema(options: SchemaOptions = {}): TUnsafe<boolean | object> {
  return Type.Unsafe<boolean | object>({ type: ['object', 'boolean'], ...options, [NOTE]: 'jsonSchema' });
}

/** Marks a schema: `${{ }}` may stand for the value, which is then checked at run time. */
export function templated<T extends TSchema>(schema: T): T {
  return { ...schema, [TEMPLATES]: true };
}

/** One of several words. */
export function words<const W extends readonly string[]>(
  values: W,
  options: SchemaOptions = {},
): TUnsafe<W[number]> {
  return Type.Unsafe<W[number]>({ type: 'string', enum: [...values], ...options });
}
