/** Arrays and objects: taking, ordering, reshaping. */
import { Refusal } from '../expression-error.ts';
import { compare, isSame } from '../operators.ts';
import { checkTextLength, jsonOf, textOf } from '../text.ts';
import {
  defineTransform,
  type Transform,
  type TransformCall,
  takeArray,
  takeInteger,
  takeRecord,
  takeText,
} from './define.ts';
import { fieldOf } from './fields.ts';
import { charactersOf, lengthOf } from './strings.ts';

export const collectionTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'join(array, [separator])',
    summary: 'One text of all elements, with `,` or the given separator between them.',
    examples: [
      [`['a', 'b']|join(', ')`, 'a, b'],
      ['[1, 2]|join', '1,2'],
    ],
    apply: ([array, separator], call) =>
      join(takeArray(array, call), takeText(separator ?? ',', 'the separator')),
  }),
  defineTransform({
    signature: 'length(value)',
    summary: 'Characters of a string, elements of an array, keys of an object.',
    examples: [
      [`'abc'|length`, 3],
      ['[1, 2]|length', 2],
      ['{a: 1}|length', 1],
    ],
    apply: ([value]) => lengthOf(value),
  }),
  defineTransform({
    signature: 'keys(object)',
    summary: 'Array of the keys.',
    examples: [['{a: 1, b: 2}|keys', ['a', 'b']]],
    apply: ([object], call) => Object.keys(takeRecord(object, call)),
  }),
  defineTransform({
    signature: 'values(object)',
    summary: 'Array of the values.',
    examples: [['{a: 1, b: 2}|values', [1, 2]]],
    apply: ([object], call) => Object.values(takeRecord(object, call)),
  }),
  defineTransform({
    signature: 'entries(object)',
    summary: 'Array of `{ key, value }`.',
    examples: [['{a: 1}|entries', [{ key: 'a', value: 1 }]]],
    apply: ([object], call) =>
      Object.entries(takeRecord(object, call)).map(([key, value]) => ({ key, value })),
  }),
  defineTransform({
    signature: 'first(value)',
    summary: 'First element of an array or character of a string; null when there is none.',
    examples: [
      ['[1, 2]|first', 1],
      ['[]|first', null],
    ],
    apply: ([value], call) => sequence(value, call).at(0),
  }),
  defineTransform({
    signature: 'last(value)',
    summary: 'Last element of an array or character of a string; null when there is none.',
    examples: [['[1, 2]|last', 2]],
    apply: ([value], call) => sequence(value, call).at(-1),
  }),
  defineTransform({
    signature: 'slice(value, start, [end])',
    summary: 'The part from `start` up to, not including, `end`; negative numbers count from the end.',
    examples: [
      [`'keystone'|slice(0, 3)`, 'key'],
      ['[1, 2, 3]|slice(-2)', [2, 3]],
    ],
    apply: ([value, start, end], call) => {
      const last = end === undefined || end === null ? undefined : takeInteger(end, 'the end');
      const part = sequence(value, call).slice(takeInteger(start, 'the start'), last);
      return typeof value === 'string' ? part.join('') : part;
    },
  }),
  defineTransform({
    signature: 'sort(array, [field], [direction])',
    summary:
      "Ordered: numbers by size, strings by character code. By a field of the elements if given; `'desc'` turns it round.",
    examples: [
      ['[10, 9]|sort', [9, 10]],
      [`[{n: 2}, {n: 1}]|sort('n')`, [{ n: 1 }, { n: 2 }]],
      [`[1, 2]|sort('', 'desc')`, [2, 1]],
    ],
    apply: ([array, field, direction], call) => sort(takeArray(array, call), field, direction, call),
  }),
  defineTransform({
    signature: 'unique(array, [field])',
    summary: 'Without elements that occurred before; compared by a field if given.',
    examples: [
      ['[1, 2, 1]|unique', [1, 2]],
      [`[{n: 1, a: 1}, {n: 1, a: 2}]|unique('n')`, [{ n: 1, a: 1 }]],
    ],
    apply: ([array, field], call) => unique(takeArray(array, call), field, call),
  }),
  defineTransform({
    signature: 'flatten(array, [depth])',
    summary: 'Arrays inside the array are replaced by their elements, one level deep or as deep as given.',
    examples: [
      ['[[1], [2, 3]]|flatten', [1, 2, 3]],
      ['[[1, [2]]]|flatten(2)', [1, 2]],
    ],
    apply: ([array, depth], call) => {
      const levels = Math.min(takeInteger(depth ?? 1, 'the depth'), 100);
      return flatten(takeArray(array, call), levels, call);
    },
  }),
];

function join(array: readonly unknown[], separator: string): string {
  let length = 0;
  const texts = array.map((item) => {
    const text = textOf(item);
    length += text.length + separator.length;
    checkTextLength(length);
    return text;
  });
  return texts.join(separator);
}

function sequence(value: unknown, call: TransformCall): readonly unknown[] {
  if (typeof value !== 'string') return takeArray(value, call);
  call.spend(value.length);
  return charactersOf(value);
}

function sort(array: readonly unknown[], field: unknown, direction: unknown, call: TransformCall): unknown[] {
  if (direction !== undefined && direction !== 'asc' && direction !== 'desc') {
    throw new Refusal('EXPRESSION_VALUE', `a direction is 'asc' or 'desc'`);
  }
  const path = field === undefined || field === null ? '' : takeText(field, 'the field');
  call.spend(array.length * Math.ceil(Math.log2(array.length + 1)));
  const keyed = array.map((item) => ({ item, key: path === '' ? item : fieldOf(item, path) }));
  const sign = direction === 'desc' ? -1 : 1;
  keyed.sort((a, b) => sign * compare(a.key, b.key, 'sort'));
  return keyed.map(({ item }) => item);
}

function unique(array: readonly unknown[], field: unknown, call: TransformCall): unknown[] {
  const path = field === undefined ? '' : takeText(field, 'the field');
  const seenScalars = new Set<unknown>();
  const seenByShape = new Map<string, unknown[]>();
  return array.filter((item) => {
    const key = path === '' ? item : fieldOf(item, path);
    if (typeof key !== 'object' || key === null) return seenScalars.size < seenScalars.add(key).size;
    // Objects with the same keys in another order are the same too, so text alone does not decide.
    const shape = `${Array.isArray(key)} ${Object.keys(key).length} ${jsonOf(key).length}`;
    const alike = seenByShape.get(shape) ?? [];
    if (alike.some((other) => isSame(other, key, call))) return false;
    seenByShape.set(shape, [...alike, key]);
    return true;
  });
}

function flatten(array: readonly unknown[], levels: number, call: TransformCall): unknown[] {
  const result: unknown[] = [];
  for (const item of array) {
    call.spend(1);
    if (Array.isArray(item) && levels > 0)
      for (const inner of flatten(item, levels - 1, call)) result.push(inner);
    else result.push(item);
  }
  return result;
}
