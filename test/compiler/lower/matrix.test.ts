import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../compiler/json.ts';
import { combinationLabel, MatrixError, resolveMatrix } from '../../../compiler/lower/matrix.ts';

const resolve = (
  axes: Record<string, Json>,
  include: JsonObject[] = [],
  exclude: JsonObject[] = [],
): JsonObject[] => resolveMatrix({ axes, include, exclude });

describe('resolveMatrix', () => {
  test('gives every combination, the first axis varying slowest', () => {
    expect(resolve({ os: ['a', 'b'], v: [1, 2] })).toEqual([
      { os: 'a', v: 1 },
      { os: 'a', v: 2 },
      { os: 'b', v: 1 },
      { os: 'b', v: 2 },
    ]);
  });

  test('exclude drops combinations that have all its values, also by part of an object', () => {
    expect(resolve({ os: ['a', 'b'], v: [1, 2] }, [], [{ os: 'a' }, { os: 'b', v: 2 }])).toEqual([
      { os: 'b', v: 1 },
    ]);
    expect(resolve({ n: [{ v: 1, x: true }, { v: 2 }] }, [], [{ n: { v: 1 } }])).toEqual([{ n: { v: 2 } }]);
  });

  test('include adds to the combinations whose axis values it keeps, or stands alone', () => {
    expect(
      resolve({ fruit: ['apple', 'pear'], animal: ['cat', 'dog'] }, [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ]),
    ).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test('include changes no axis, also where it agrees with a map in part; later entries change what earlier ones added', () => {
    expect(
      resolve({ n: [{ v: 1, x: true }, { v: 2 }] }, [
        { n: { v: 1 }, extra: 1 },
        { extra: 2 },
        { n: { v: 3 }, extra: 3 },
      ]),
    ).toEqual([
      { n: { v: 1, x: true }, extra: 2 },
      { n: { v: 2 }, extra: 2 },
      { n: { v: 3 }, extra: 3 },
    ]);
  });

  test('what include has added as a combination of its own gets nothing more', () => {
    expect(resolve({ a: [1] }, [{ a: 2 }, { a: 2, b: 3 }, { b: 4 }])).toEqual([
      { a: 1, b: 4 },
      { a: 2 },
      { a: 2, b: 3 },
    ]);
  });

  test('text and numbers are not the same, unlike in GitHub Actions', () => {
    expect(resolve({ a: [1, '1'] }, [], [{ a: '1' }])).toEqual([{ a: 1 }]);
  });

  test('a combination is called by its axes, or by all it has', () => {
    const axes = ['os', 'n'];
    expect(combinationLabel({ os: 'mac', n: 20, extra: true }, axes)).toBe('mac, 20');
    expect(combinationLabel({ os: { name: 'mac', v: [1, 2] }, n: false }, axes)).toBe('mac, 1, 2, false');
    expect(combinationLabel({ os: 'bsd', why: 'new' }, axes)).toBe('bsd, new');
    expect(combinationLabel({ os: '', n: null }, axes)).toBe('');
  });

  test('include and exclude must be lists of maps', () => {
    expect(() => resolveMatrix({ axes: { a: [1] }, include: 'x', exclude: [] })).toThrow(
      '"include" of the matrix must be a list of maps, not "x"',
    );
    expect(() => resolveMatrix({ axes: { a: [1] }, include: [], exclude: [1] })).toThrow('"exclude"');
  });

  test('include alone gives its own entries, and works after an exclude', () => {
    expect(resolve({}, [{ a: 1 }, { a: 2 }])).toEqual([{ a: 1 }, { a: 2 }]);
    expect(resolve({ a: [1] }, [{ a: 1, b: 2 }], [{ a: 1 }])).toEqual([{ a: 1, b: 2 }]);
  });

  test('an axis without values gives no combinations', () => {
    expect(resolve({ a: [], b: [1] })).toEqual([]);
  });

  test('an axis that is no list, and too many combinations, are refused', () => {
    expect(() => resolve({ a: 'x' })).toThrow(MatrixError);
    const axis = Array.from({ length: 101 }, (_, i) => i);
    expect(() => resolve({ a: axis, b: axis })).toThrow(/at least 10201 combinations/);
  });

  test('nothing given is changed', () => {
    const axes = Object.freeze({ a: Object.freeze([1]) as unknown as Json });
    const include = [Object.freeze({ b: 1 })];
    const [combination] = resolve(axes, include);
    expect(combination).toEqual({ a: 1, b: 1 });
    expect(include).toEqual([{ b: 1 }]);
  });
});
