/** Transforms that look at one field of every element. */
import { isRecord, ownValue } from '../access.ts';
import { Refusal } from '../expression-error.ts';
import { FORBIDDEN_NAMES } from '../forbidden-names.ts';
import { isEqual, isTruthy, numberOf } from '../operators.ts';
import { defineTransform, type Transform, type TransformCall, takeArray, takeText } from './define.ts';

export const fieldTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'map(array, field)',
    summary:
      "The field of every element, null where there is none. A field may be a path, such as `'owner.name'`.",
    examples: [[`[{n: 1}, {n: 2}, {}]|map('n')`, [1, 2, null]]],
    apply: ([array, field], call) => {
      const path = takeText(field, 'the field');
      return takeArray(array, call).map((item) => fieldOf(item, path) ?? null);
    },
  }),
  defineTransform({
    signature: 'where(array, field, [value])',
    summary:
      'The elements whose field equals the value or, without one, is true. `array[.field == value]` can say more.',
    examples: [
      [`[{n: 1}, {n: 2}]|where('n', 2)`, [{ n: 2 }]],
      [`[{on: true}, {}]|where('on')`, [{ on: true }]],
    ],
    apply: (args, call) => takeArray(args[0], call).filter(test(args, call)),
  }),
  defineTransform({
    signature: 'every(array, field, [value])',
    summary:
      'Whether the field of every element equals the value or, without one, is true. True for an empty array.',
    examples: [[`[{ok: true}, {ok: false}]|every('ok', true)`, false]],
    apply: (args, call) => takeArray(args[0], call).every(test(args, call)),
  }),
  defineTransform({
    signature: 'some(array, field, [value])',
    summary: 'Whether the field of at least one element equals the value or, without one, is true.',
    examples: [[`[{ok: true}, {ok: false}]|some('ok', true)`, true]],
    apply: (args, call) => takeArray(args[0], call).some(test(args, call)),
  }),
];

function test(args: readonly unknown[], call: TransformCall): (item: unknown) => boolean {
  const path = takeText(args[1], 'the field');
  if (args.length < 3) return (item) => isTruthy(fieldOf(item, path));
  return (item) => isEqual(fieldOf(item, path), args[2], call);
}

/** Value at a dotted path, by own properties; null when something on the way is missing. */
export function fieldOf(item: unknown, path: string): unknown {
  if (isRecord(item) && Object.hasOwn(item, path)) return forbidden(path) ?? item[path];
  let value = item;
  for (const key of path.split('.')) {
    forbidden(key);
    if (isRecord(value)) value = ownValue(value, key);
    else if (Array.isArray(value) && numberOf(key) !== undefined) value = value[Number(key)] ?? null;
    else return null;
  }
  return value;
}

function forbidden(key: string): undefined {
  if (!FORBIDDEN_NAMES.has(key)) return undefined;
  throw new Refusal(
    'EXPRESSION_FORBIDDEN_NAME',
    `"${key}" cannot be used as a name`,
    'rename the key in the data',
  );
}
