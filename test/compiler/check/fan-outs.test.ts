import { describe, expect, test } from 'vitest';
import { compileText, onlyProblem, problems, stepOf, withStep } from './problems.ts';

const matrix = (text: string): string => withStep('run: x', `strategy: { matrix: ${text} }`);

describe('foreach and matrix', () => {
  test('a step has one of them', () => {
    const source = withStep('run: x', 'foreach: inputs', 'strategy: { matrix: { os: [a] } }');
    expect(problems(source)).toEqual(['FOREACH_AND_MATRIX 6:5 steps[0].strategy']);
  });

  test.each([
    ['[a]', 'WRONG_TYPE 5:25 steps[0].strategy.matrix'],
    ['{}', 'BAD_MATRIX 5:25 steps[0].strategy.matrix'],
    ['{ os: linux }', 'WRONG_TYPE 5:31 steps[0].strategy.matrix.os'],
    ['{ os: [] }', 'BAD_MATRIX 5:31 steps[0].strategy.matrix.os'],
    ['{ my-os: [a] }', 'BAD_MATRIX 5:27 steps[0].strategy.matrix.my-os'],
    ['{ os: [a], exclude: [{ oss: a }] }', 'BAD_MATRIX 5:48 steps[0].strategy.matrix.exclude[0].oss'],
    ['{ os: [a], exclude: { os: a } }', 'WRONG_TYPE 5:45 steps[0].strategy.matrix.exclude'],
    ['{ os: [a], include: [b] }', 'WRONG_TYPE 5:46 steps[0].strategy.matrix.include[0]'],
    ['{ os: [a], include: 3 }', 'WRONG_TYPE 5:45 steps[0].strategy.matrix.include'],
    ['{ os: [a], include: "${{ inputs.no }}" }', 'UNKNOWN_INPUT 5:50 steps[0].strategy.matrix.include'],
    [
      '{ os: [a], exclude: [{ os: "${{ item }}" }] }',
      'ITEM_OUTSIDE_FOREACH 5:57 steps[0].strategy.matrix.exclude[0].os',
    ],
    ['{ os: [a], exclude: [{ os: b }] }', '~NO_EFFECT 5:52 steps[0].strategy.matrix.exclude[0].os'],
  ])('the matrix %s is %s', (text, expected) => {
    expect(problems(matrix(text))).toEqual([expected]);
  });

  test.each([
    '{ os: [a, b] }',
    '{ os: "${{ run.name|split }}" }',
    '{ include: [{ os: a }] }',
    '{ os: [a], include: "${{ run.name|fromJson }}", exclude: [{ os: "${{ run.name }}" }] }',
    '{ os: [a], include: ["${{ workflow }}"] }',
    '{ os: [a, b], v: [1], exclude: [{ os: a, v: 1 }], include: [{ os: c, extra: 1 }] }',
  ])('the matrix %s is fine', (text) => {
    expect(problems(matrix(text))).toEqual([]);
  });

  test.each([
    ['{}', 'MISSING_FIELD 5:5 steps[0].strategy', undefined],
    ['[a]', 'WRONG_TYPE 5:15 steps[0].strategy', undefined],
    ['{ matrx: { os: [a] } }', 'UNKNOWN_FIELD 5:17 steps[0].strategy.matrx', 'did you mean "matrix"?'],
    [
      '{ matrix: { os: [a] }, fail-fast: false }',
      'UNKNOWN_FIELD 5:38 steps[0].strategy.fail-fast',
      'write "failFast" on the step itself, beside "strategy"',
    ],
    [
      '{ matrix: { os: [a] }, max-parallel: 2 }',
      'UNKNOWN_FIELD 5:38 steps[0].strategy.max-parallel',
      'write "concurrency" on the step itself, beside "strategy"',
    ],
  ])('strategy: %s is %s', (text, expected, hint) => {
    const source = withStep('run: x', `strategy: ${text}`);
    expect(problems(source)[0]).toBe(expected);
    if (hint !== undefined) expect(compileText(source).diagnostics[0]?.hint).toBe(hint);
  });

  test('a matrix with too many combinations is refused', () => {
    const axis = JSON.stringify(Array.from({ length: 101 }, (_, i) => i));
    expect(onlyProblem(matrix(`{ a: ${axis}, b: ${axis} }`)).message).toContain('10,201 combinations');
  });

  test('a whole matrix as an expression gets the way out as a hint', () => {
    expect(onlyProblem(withStep('run: x', 'strategy: { matrix: "${{ run }}" }')).hint).toContain('foreach');
  });

  test.each([
    ['3', 'WRONG_TYPE 5:14 steps[0].foreach'],
    ['""', 'WRONG_TYPE 5:14 steps[0].foreach'],
    ['{}', 'MISSING_FIELD 5:14 steps[0].foreach'],
    ['{ line: x }', 'UNKNOWN_FIELD 5:16 steps[0].foreach.line'],
    ['{ lines: "" }', 'OUT_OF_RANGE 5:23 steps[0].foreach.lines'],
    ['{ lines: "${{ item }}" }', 'ITEM_OUTSIDE_FOREACH 5:28 steps[0].foreach.lines'],
    ['{ lines: "${{ steps.no.output }}" }', 'UNKNOWN_STEP 5:28 steps[0].foreach.lines'],
    ['{ lines: x, allowOutsideCwd: maybe }', 'WRONG_TYPE 5:43 steps[0].foreach.allowOutsideCwd'],
    ['[a, "${{ steps.no.output }}"]', 'UNKNOWN_STEP 5:23 steps[0].foreach[1]'],
  ])('foreach: %s is %s', (text, expected) => {
    expect(problems(withStep('run: x', `foreach: ${text}`))).toEqual([expected]);
  });

  test.each(['run.name', '${{ run.name|split }}', '[a, 2, { b: "${{ run.id }}" }]', '{ lines: data.txt }'])(
    'foreach: %s is fine',
    (text) => {
      expect(problems(withStep('run: "${{ item }} ${{ index }}"', `foreach: ${text}`))).toEqual([]);
    },
  );

  test('a step needs the one whose file, or whose list, it goes through', () => {
    const source = (foreach: string): string =>
      `name: w\nsteps:\n  - { id: a, run: x }\n  - { id: b, run: x, foreach: ${foreach} }\n`;
    for (const foreach of ['{ lines: "${{ steps.a.output }}" }', '[1, "${{ steps.a.output }}"]'])
      expect(stepOf(source(foreach), 'b').needs).toEqual(['a']);
  });

  test('concurrency and failFast without items have no effect', () => {
    expect(problems(withStep('run: x', 'concurrency: 2', 'failFast: false'))).toEqual([
      '~NO_EFFECT 5:5 steps[0].concurrency',
      '~NO_EFFECT 6:5 steps[0].failFast',
    ]);
  });
});
