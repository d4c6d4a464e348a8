/** What expressions refer to. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Reference, referencesOf, usesStatusFunction } from '../../../compiler/expr/index.ts';
import { errorOf } from './scope.ts';

function paths(text: string): string[] {
  return referencesOf(text, { expression: true }).map(({ root, path }) => JSON.stringify([root, ...path]));
}

describe('referencesOf', () => {
  test.each<[string, unknown[][]]>([
    ['steps.build.output', [['steps', 'build', 'output']]],
    ['steps["build"].output[0].x', [['steps', 'build', 'output', 0, 'x']]],
    ['steps[inputs.which].output', [['steps'], ['inputs', 'which']]],
    [
      'steps.a.output|default(steps.b.output)|join(env.SEP)',
      [
        ['steps', 'a', 'output'],
        ['steps', 'b', 'output'],
        ['env', 'SEP'],
      ],
    ],
    [
      'steps.a.items[.status == inputs.x && .output.y].output.z',
      [
        ['steps', 'a', 'items'],
        ['inputs', 'x'],
      ],
    ],
    ['{a: steps.a, b: [steps.b, 1 + item]}', [['steps', 'a'], ['steps', 'b'], ['item']]],
    ['a ? b : c ?: d', [['a'], ['b'], ['c'], ['d']]],
    ['(steps.a).output', [['steps', 'a', 'output']]],
    ['!x && -y', [['x'], ['y']]],
    ["'steps.a' + 1 + null", []],
    ['coalesce(a.b, trim(c))', [['a', 'b'], ['c']]],
    ['now()|date', []],
    ['x[1.5]', [['x', 1.5]]],
  ])('%s', (text, expected) => {
    expect(paths(text)).toEqual(expected.map((path) => JSON.stringify(path)));
  });

  test('offsets are those of the text given', () => {
    const text = 'a ${{ steps.build.output }} b ${{ [inputs.x, steps["c d"][0] ] }}';
    const found = referencesOf(text).map(({ start, end }) => text.slice(start, end));
    expect(found).toEqual(['steps.build.output', 'inputs.x', 'steps["c d"][0]']);
  });

  test('values are looked through, however deep', () => {
    const value = {
      run: 'x',
      env: { A: '${{ steps.a.output }}' },
      list: ['${{ inputs.b }}', 1, null, ['$${{ no }} ${{ c }}']],
    };
    expect(referencesOf(value).map(({ root }) => root)).toEqual(['steps', 'inputs', 'c']);
  });

  test('text without expressions has none, unless it is an expression', () => {
    expect(referencesOf('steps.a')).toEqual([]);
    expect(referencesOf('steps.a', { expression: true })).toHaveLength(1);
    expect(referencesOf('${{ steps.a }}', { expression: true })).toEqual<Reference[]>([
      { root: 'steps', path: ['a'], start: 4, end: 11 },
    ]);
  });

  test('a syntax error has its place in the text', () => {
    expect(errorOf(() => referencesOf('a ${{ b === c }}'))).toMatchObject({
      code: 'EXPRESSION_SYNTAX',
      offset: 8,
    });
  });

  test('every path that is written out is found where it stands', () => {
    const name = fc.constantFrom('a', 'b_1', '$c', 'in2', 'nullable');
    const path = fc.tuple(
      name,
      fc.array(
        fc.oneof(
          name.map((key) => `.${key}`),
          fc.constantFrom('[0]', '["x y"]', "['}}']"),
          fc.constantFrom(' . z'),
        ),
        { maxLength: 4 },
      ),
    );
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 4 }), (all) => {
        const written = all.map(([root, keys]) => root + keys.join(''));
        const text = `x \${{ [${written.join(' ,  ')}] }}`;
        expect(referencesOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(written);
      }),
    );
  });
});

describe('usesStatusFunction', () => {
  test.each([
    ['always()', true],
    ['inputs.x && failure()', true],
    ['${{ !canceled() }}', true],
    ['success(steps.a)', true],
    ['inputs.a|default(failure() ? 1 : 2)', true],
    ["'always()'", false],
    ['steps.failure.output', false],
    ['inputs.always', false],
  ])('%s: %j', (text, expected) => {
    expect(usesStatusFunction(text)).toBe(expected);
  });
});
