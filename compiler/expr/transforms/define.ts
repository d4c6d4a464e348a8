/** The one shape of a transform, and how transforms take their arguments. Each is also a function: `x|f(y)` is `f(x, y)`. */
import type { Json } from '../../json.ts';
import { isRecord, typeName } from '../access.ts';
import { Refusal } from '../expression-error.ts';
import { type Meter, numberOf } from '../operators.ts';
import type { EvaluateOptions } from '../options.ts';
import { textOf } from '../text.ts';

/** What a transform may use beside its arguments. */
export interface TransformCall extends Meter {
  readonly options: EvaluateOptions;
}

export interface Transform {
  readonly name: string;
  /** As a function, optional parameters in brackets: `join(value, [separator])`. */
  readonly signature: string;
  /** Arguments, counting the value before the `|`. */
  readonly minimum: number;
  readonly maximum: number;
  /** One sentence for the documentation. */
  readonly summary: string;
  /** Shown in the documentation and run by a test: expression and its value. */
  readonly examples: readonly (readonly [expression: string, value: Json])[];
  /** The interpreter gives the first argument that is not null, forgiving missing paths; `apply` is not called. */
  readonly lazy?: true;
  /** Looks at the statuses of steps, so that a step's `if` that uses it replaces the default rule. */
  readonly status?: true;
  /** @throws {Refusal} when the arguments cannot be used */
  readonly apply: (args: readonly unknown[], call: TransformCall) => unknown;
}

type Definition = Omit<Transform, 'name' | 'minimum' | 'maximum'>;

/** Reads name and argument counts off the signature, so that they cannot disagree. */
export function defineTransform(definition: Definition): Transform {
  const parts = /^(\w+)\((.*)\)$/.exec(definition.signature);
  const parameters = (parts?.[2] ?? '')
    .split(',')
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== '');
  const minimum = parameters.filter(
    (parameter) => !parameter.startsWith('[') && !parameter.startsWith('…'),
  ).length;
  const maximum = parameters.some((parameter) => parameter.includes('…'))
    ? Number.POSITIVE_INFINITY
    : parameters.length;
  return { ...definition, name: parts?.[1] ?? '', minimum, maximum };
}

/** A scalar as text. @throws {Refusal} for null, arrays and objects */
export function takeText(value: unknown, what = 'the value'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return textOf(value);
  throw wrongType(what, 'a string', value);
}

export function takeNumber(value: unknown, what = 'the value'): number {
  const number = numberOf(value);
  if (number === undefined) throw wrongType(what, 'a number', value);
  return number;
}

export function takeInteger(value: unknown, what: string): number {
  const number = takeNumber(value, what);
  if (!Number.isInteger(number)) throw wrongType(what, 'a whole number', value);
  return number;
}

/** The elements. Costs one unit of work each. */
export function takeArray(value: unknown, call: TransformCall, what = 'the value'): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(what, 'an array', value);
  call.spend(value.length);
  return value;
}

export function takeRecord(
  value: unknown,
  call: TransformCall,
  what = 'the value',
): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw wrongType(what, 'an object', value);
  call.spend(Object.keys(value).length);
  return value;
}

export function wrongType(what: string, wanted: string, value: unknown): Refusal {
  const hint =
    value === null || value === undefined
      ? 'use `|default(…)` for a value that may be missing'
      : typeof value === 'string' && wanted !== 'a number'
        ? 'use `|lines`, `|split(…)` or `|fromJson` to take text apart'
        : Array.isArray(value)
          ? 'use `|join(…)`, `|json`, `|first` or `|map(…)` on an array'
          : undefined;
  // The value itself is not shown: it may be part of a secret, which only whole is recognised and redacted.
  return new Refusal('EXPRESSION_TYPE', `${what} must be ${wanted}; it is ${typeName(value)}`, hint);
}
