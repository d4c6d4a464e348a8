/** Where we do not say otherwise, an expression means what jexl 2.3.0 says it means. */
import fc from 'fast-check';
import jexl from 'jexl';
import { expect, test } from 'vitest';
import { value } from './scope.ts';

/**
 * Left out, because docs/expressions.md says that we differ: `==` across types, `&&` beside `||`, `+` of odd types,
 * numbers out of range, properties of arrays and of null.
 */
const number = fc.oneof(
  fc.integer({ min: -50, max: 50 }).map(String),
  fc.constantFrom('n.one', 'n.two', 'n.half', 'list[0]', 'list[1]'),
);
const text = fc.constantFrom("'a'", '"b c"', 't.a', "t['b']");

const expressions = fc.letrec<{ number: string; text: string; boolean: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'e' },
    number,
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*'), tie('number'))
      .map(([a, operator, b]) => `${a} ${operator} ${b}`),
    tie('number').map((a) => `(${a})`),
    fc.tuple(tie('boolean'), tie('number'), tie('number')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
  text: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'e' },
    text,
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a} + ${b}`),
    fc.tuple(tie('boolean'), tie('text'), tie('text')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
  boolean: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'e' },
    fc.constantFrom('true', 'false', 'yes', '!yes', '1 in list', "'a' in t.a"),
    fc
      .tuple(tie('number'), fc.constantFrom('==', '!=', '<', '>', '<=', '>='), tie('number'))
      .map(([a, operator, b]) => `${a} ${operator} ${b}`),
    fc
      .tuple(tie('text'), fc.constantFrom('==', '!='), tie('text'))
      .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
    fc.tuple(tie('boolean'), tie('boolean')).map(([a, b]) => `${a} && ${b}`),
    fc.tuple(tie('boolean'), tie('boolean')).map(([a, b]) => `((${a}) || (${b}))`),
    tie('boolean').map((a) => `!(${a})`),
  ),
}));

const data = {
  n: { one: 1, two: 2, half: 0.5 },
  list: [1, 2, 3],
  t: { a: 'abc', b: '' },
  yes: true,
  people: [
    { name: 'x', age: 1 },
    { name: 'y', age: 2 },
  ],
};

test.each(['number', 'text', 'boolean'] as const)('a %s expression agrees with jexl', (kind) => {
  fc.assert(
    fc.property(expressions[kind], (expression) => {
      expect(value(expression, data)).toEqual(jexl.evalSync(expression, data));
    }),
    { numRuns: 400 },
  );
});

test.each([
  'people[.age == 2]',
  'people[.age == 2].name',
  'people[.age > n.one && .name != "x"][0].age',
  'people[0]["name"]',
  '{a: {b: [1, 2]}}.a.b[1]',
  'n["one"] + n.two * 3 ^ 2 % 5 // 1',
  'yes ? "a" : yes ? "b" : "c"',
  '!yes ?: "d"',
  '"it\'s" + \'a "b"\'',
  '"a\\"b\\\\"',
  '- 5 + 3',
  '2 * -3',
  '[{a: 1}, {a: 2}][1].a',
  '3 - 2 - 1',
  '2 ^ 3 ^ 2',
  '8 / 4 / 2',
])('%s agrees with jexl', (expression) => {
  let theirs: unknown;
  try {
    theirs = jexl.evalSync(expression, data);
  } catch {
    // Forms that jexl's grammar has no place for, such as an index after a literal array, are extensions.
    expect(expression).toContain('][1]');
    return;
  }
  expect(value(expression, data)).toEqual(theirs);
});

test('&& binds tighter than ||, unlike in jexl', () => {
  expect(value('true || false && false')).toBe(true);
  expect(jexl.evalSync('true || false && false')).toBe(false);
});
