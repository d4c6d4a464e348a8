/** Numbers and booleans: conversion and totals. */
import { Refusal } from '../expression-error.ts';
import { compare, numberOf } from '../operators.ts';
import {
  defineTransform,
  type Transform,
  type TransformCall,
  takeArray,
  takeNumber,
  takeText,
  wrongType,
} from './define.ts';
import { fieldOf } from './fields.ts';

export const numberTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'number(value)',
    summary: 'As a number; fails for text that is not one. Booleans are 1 and 0.',
    examples: [
      [`'42'|number`, 42],
      ['true|number', 1],
    ],
    apply: ([value]) => toNumber(value),
  }),
  defineTransform({
    signature: 'boolean(value)',
    summary:
      'As true or false; text must be `true`, `yes`, `on`, `1`, `false`, `no`, `off`, `0` or empty, null is false.',
    examples: [
      [`'yes'|boolean`, true],
      [`'false'|boolean`, false],
    ],
    apply: ([value]) => toBoolean(value),
  }),
  defineTransform({
    signature: 'sum(array, [field])',
    summary: 'Sum of the numbers, or of a field of the elements; 0 for none.',
    examples: [
      ['[1, 2]|sum', 3],
      [`[{n: 1}, {n: 2}]|sum('n')`, 3],
    ],
    apply: ([array, field], call) => total(numbersIn(array, field, call)),
  }),
  defineTransform({
    signature: 'avg(array, [field])',
    summary: 'Mean of the numbers, or of a field of the elements; null for none.',
    examples: [
      ['[1, 2]|avg', 1.5],
      ['[]|avg', null],
    ],
    apply: ([array, field], call) => {
      const numbers = numbersIn(array, field, call);
      return numbers.length === 0 ? null : total(numbers) / numbers.length;
    },
  }),
  defineTransform({
    signature: 'min(value, […])',
    summary:
      'Smallest element of an array, by a field if given, or of several numbers or strings; null for none.',
    examples: [
      ['[3, 1]|min', 1],
      ['min(3, 1, 2)', 1],
      [`[{n: 3}, {n: 1}]|min('n')`, 1],
    ],
    apply: (args, call) => extreme(args, -1, call),
  }),
  defineTransform({
    signature: 'max(value, […])',
    summary:
      'Largest element of an array, by a field if given, or of several numbers or strings; null for none.',
    examples: [
      ['[3, 1]|max', 3],
      ['max(3, 1, 2)', 3],
    ],
    apply: (args, call) => extreme(args, 1, call),
  }),
];

function toNumber(value: unknown): number {
  if (typeof value === 'boolean') return Number(value);
  const number = numberOf(value);
  if (number !== undefined) return number;
  if (typeof value === 'string') throw new Refusal('EXPRESSION_VALUE', 'the text is not a number');
  throw wrongType('the value', 'a number or text', value);
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
  ['', false],
]);

function toBoolean(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'string') throw wrongType('the value', 'a boolean, a number or text', value);
  const known = BOOLEANS.get(value.trim().toLowerCase());
  if (known === undefined)
    throw new Refusal(
      'EXPRESSION_VALUE',
      'the text is neither true nor false',
      "use `== '…'` to compare text",
    );
  return known;
}

function numbersIn(array: unknown, field: unknown, call: TransformCall): number[] {
  const elements = takeArray(array, call);
  const path = field === undefined ? undefined : takeText(field, 'the field');
  return elements.map((item) => takeNumber(path === undefined ? item : fieldOf(item, path), 'every element'));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function extreme(args: readonly unknown[], sign: 1 | -1, call: TransformCall): unknown {
  const [first, field] = args;
  let candidates: readonly unknown[] = args;
  if (Array.isArray(first)) {
    const path = field === undefined ? undefined : takeText(field, 'the field');
    const elements = takeArray(first, call);
    candidates = path === undefined ? elements : elements.map((item) => fieldOf(item, path));
  }
  let best: unknown = null;
  candidates.forEach((candidate, at) => {
    const order =
      at === 0
        ? compare(candidate, candidate, sign > 0 ? 'max' : 'min') || 1
        : compare(candidate, best, sign > 0 ? 'max' : 'min') * sign;
    if (order > 0) best = candidate;
  });
  return best;
}
