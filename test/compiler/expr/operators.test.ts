/** Equality, order and arithmetic across types. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorIn, value } from './scope.ts';

describe('==', () => {
  test.each([
    ["'a' == 'a'", true],
    ["'a' == 'A'", false],
    ["3 == '3'", true],
    ["3 == '3.0'", true],
    ["3 == ' 3 '", true],
    ["3 == 'three'", false],
    ["0 == ''", false],
    ["'3' == '3.0'", false],
    ["true == 'true'", true],
    ["'false' == false", true],
    ["true == 'yes'", false],
    ['true == 1', true],
    ['false == 0', true],
    ['true == 2', false],
    ["null == ''", true],
    ["'' == null", true],
    ['null == null', true],
    ['null == 0', false],
    ['null == false', false],
    ['null == []', false],
    ['[1, {a: 2}] == [1, {a: 2}]', true],
    ['{a: 1, b: 2} == {b: 2, a: 1}', true],
    ["[1] == ['1']", false],
    ["[] == ''", false],
    ['[] == {}', false],
    ['{a: null} == {b: null}', false],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toBe(result);
    expect(value(expression.replace('==', '!='))).toBe(!result);
  });

  test('holds for every value and itself, and both ways round', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(value('a == a', { a })).toBe(true);
        expect(value('a == b', { a, b })).toBe(value('b == a', { a, b }));
      }),
    );
  });
});

describe('order', () => {
  test.each([
    ['1 < 2', true],
    ["'10' > 9", true],
    ["9 < '10'", true],
    ["'10' > '9'", false],
    ["'a' <= 'a'", true],
    ['2 >= 3', false],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toBe(result);
  });

  test.each(["1 < 'x'", 'null < 1', 'true > false', '[1] < [2]', '{a: 1} >= 1', "'a' < null"])(
    '%s is refused',
    (expression) => {
      expect(errorIn(expression)).toMatchObject({ code: 'EXPRESSION_TYPE' });
    },
  );
});

describe('arithmetic', () => {
  test.each([
    ["'a' + 'b'", 'ab'],
    ["'a' + 1", 'a1'],
    ["1 + '1'", '11'],
    ["'is ' + true", 'is true'],
    ['0.5 + 1', 1.5],
    ["'4' * '2'", 8],
    ["'7' - 2", 5],
    ['7 // -2', -4],
    ['2 ^ 10', 1024],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toBe(result);
  });

  test.each([
    ["'a' + null", 'EXPRESSION_TYPE', "|default('')"],
    ['[1] + [2]', 'EXPRESSION_TYPE', '|flatten'],
    ['true + 1', 'EXPRESSION_TYPE', '|number'],
    ["'a' * 2", 'EXPRESSION_TYPE', '|number'],
    ['inputs.nothing - 1', 'EXPRESSION_TYPE', '|default(0)'],
    ['1 / 0', 'EXPRESSION_VALUE', '== 0'],
    ['1 % 0', 'EXPRESSION_VALUE', '== 0'],
  ])('%s is refused with a hint', (expression, code, hint) => {
    expect(errorIn(expression).code).toBe(code);
    expect(errorIn(expression).hint).toContain(hint);
  });

  test('a result that is no finite number is refused', () => {
    expect(errorIn('10 ^ 1000')).toMatchObject({ code: 'EXPRESSION_VALUE' });
    expect(errorIn('(0 - 8) ^ 0.5')).toMatchObject({ code: 'EXPRESSION_VALUE' });
  });
});
