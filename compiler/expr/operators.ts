/** What the operators do with two values. Conversions are few and said in docs/expressions.md; everything else is refused. */
import { isRecord, ownValue, typeName } from './access.ts';
import type { BinaryOperator } from './ast.ts';
import { Refusal } from './expression-error.ts';
import { LIMITS } from './limits.ts';
import { boundedText, textOf, tooDeep } from './text.ts';

/** Counts work and refuses when an evaluation has done too much. */
export interface Meter {
  spend(units: number): void;
}

/** As in GitHub Actions: null, false, 0 and '' are false, everything else is true. */
export function isTruthy(value: unknown): boolean {
  return !(
    value === null ||
    value === undefined ||
    value === false ||
    value === 0 ||
    value === '' ||
    Number.isNaN(value)
  );
}

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** A number, or text that is written as one; undefined for everything else, NaN and infinity too. */
export function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && DECIMAL.test(value)
        ? Number(value)
        : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/**
 * `==`: same type by value, arrays and objects by content. Across types: a number equals its decimal text, a boolean its name
 * and 1 or 0, null the empty text (so that `x != ''` tests for something being there). Nothing else is equal.
 */
export function isEqual(left: unknown, right: unknown, meter: Meter): boolean {
  const a = left ?? null;
  const b = right ?? null;
  if (a === b) return true;
  if (typeof a === 'object' && typeof b === 'object') return isSame(a, b, meter, 0);
  if (a === null || b === null) return a === '' || b === '';
  if (typeof a === 'object' || typeof b === 'object' || typeof a === typeof b) return false;
  if (typeof a === 'boolean') return isEqualToBoolean(a, b);
  if (typeof b === 'boolean') return isEqualToBoolean(b, a);
  const number = numberOf(a);
  return number !== undefined && number === numberOf(b);
}

function isEqualToBoolean(flag: boolean, other: unknown): boolean {
  return other === String(flag) || other === Number(flag);
}

/** Equality of content without conversions. */
export function isSame(a: unknown, b: unknown, meter: Meter, depth = 0): boolean {
  meter.spend(1);
  if (a === b) return true;
  if (depth > LIMITS.valueDepth) throw tooDeep();
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, at) => isSame(item ?? null, b[at] ?? null, meter, depth + 1));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && isSame(ownValue(a, key), ownValue(b, key), meter, depth + 1),
  );
}

/** Order of two numbers or two texts; negative, 0 or positive. Text and a number compare as numbers when the text is one. */
export function compare(left: unknown, right: unknown, what: string): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== undefined && b !== undefined) return a - b;
  const wrong = a === undefined && typeof right !== 'string' ? left : b === undefined ? right : left;
  throw new Refusal(
    'EXPRESSION_TYPE',
    `${what} compares two numbers or two strings, not ${typeName(left)} with ${typeName(right)}`,
    wrong === null
      ? 'use `|default(0)` for a value that may be missing'
      : 'convert with `|number` or `|string`',
  );
}

/** `x in y`: text in text, element in array, key in object. */
export function contains(container: unknown, item: unknown, meter: Meter): boolean {
  if (typeof container === 'string') return container.includes(textOf(item));
  if (Array.isArray(container)) {
    meter.spend(container.length);
    return container.some((element) => isEqual(element, item, meter));
  }
  if (isRecord(container)) return Object.hasOwn(container, textOf(item));
  const hint = container === null ? 'use `|default([])` for a value that may be missing' : undefined;
  throw new Refusal(
    'EXPRESSION_TYPE',
    `only a string, an array or an object contains anything; this is ${typeName(container)}`,
    hint,
  );
}

/** Every binary operator but `&&` and `||`, which do not always look at their right side. */
export function operate(
  operator: Exclude<BinaryOperator, '&&' | '||'>,
  left: unknown,
  right: unknown,
  meter: Meter,
): unknown {
  switch (operator) {
    case '==':
      return isEqual(left, right, meter);
    case '!=':
      return !isEqual(left, right, meter);
    case '<':
      return compare(left, right, '"<"') < 0;
    case '<=':
      return compare(left, right, '"<="') <= 0;
    case '>':
      return compare(left, right, '">"') > 0;
    case '>=':
      return compare(left, right, '">="') >= 0;
    case 'in':
      return contains(right, left, meter);
    case '+':
      return add(left, right);
    default:
      return calculate(operator, left, right);
  }
}

function add(left: unknown, right: unknown): unknown {
  if (typeof left === 'number' && typeof right === 'number') return finite(left + right, '+');
  const hasText = typeof left === 'string' || typeof right === 'string';
  const isPlain = [left, right].every(
    (side) => side !== null && side !== undefined && typeof side !== 'object',
  );
  if (hasText && isPlain) return boundedText(textOf(left) + textOf(right));
  const hint =
    Array.isArray(left) || Array.isArray(right)
      ? 'use `[a, b]|flatten` to join arrays, `|join(…)` to make text of one'
      : left === null || right === null
        ? "use `|default('')` or `|default(0)` for a value that may be missing"
        : 'use `|json` to make text of an object, `|number` to make a number';
  throw new Refusal(
    'EXPRESSION_TYPE',
    `"+" joins strings or adds numbers, not ${typeName(left)} and ${typeName(right)}`,
    hint,
  );
}

function calculate(operator: '-' | '*' | '/' | '//' | '%' | '^', left: unknown, right: unknown): number {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) {
    const hint =
      left === null || right === null
        ? 'use `|default(0)` for a value that may be missing'
        : 'convert with `|number`';
    throw new Refusal(
      'EXPRESSION_TYPE',
      `"${operator}" needs two numbers, not ${typeName(left)} and ${typeName(right)}`,
      hint,
    );
  }
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%')) {
    throw new Refusal(
      'EXPRESSION_VALUE',
      'division by zero',
      'test for 0 first, such as `n == 0 ? 0 : total / n`',
    );
  }
  return finite(CALCULATIONS[operator](a, b), operator);
}

const CALCULATIONS = {
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '//': (a: number, b: number) => Math.floor(a / b),
  '%': (a: number, b: number) => a % b,
  '^': (a: number, b: number) => a ** b,
} as const;

function finite(number: number, operator: string): number {
  if (Number.isFinite(number)) return number;
  throw new Refusal('EXPRESSION_VALUE', `the result of "${operator}" is no finite number`);
}
