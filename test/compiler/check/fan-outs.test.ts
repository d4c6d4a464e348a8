import { describe, expect, test } from 'vitest';
import { onlyProblem, problems, withStep } from './problems.ts';

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
    [
      '{ os: [a], include: [{ os: "${{ 1 }}" }] }',
      'TEMPLATE_NOT_ALLOWED 5:52 steps[0].strategy.matrix.include[0].os',
    ],
    ['{ os: [a], exclude: [{ os: b }] }', '~NO_EFFECT 5:52 steps[0].strategy.matrix.exclude[0].os'],
  ])('the matrix %s is %s', (text, expected) => {
    expect(problems(matrix(text))).toEqual([expected]);
  });

  test.each([
    '{ os: [a, b] }',
    '{ os: "${{ run.name|split }}" }',
    '{ include: [{ os: a }] }',
    '{ os: [a, b], v: [1], exclude: [{ os: a, v: 1 }], include: [{ os: c, extra: 1 }] }',
  ])('the matrix %s is fine', (text) => {
    expect(problems(matrix(text))).toEqual([]);
  });

  test('a matrix with too many combinations is refused', () => {
    const axis = JSON.stringify(Array.from({ length: 101 }, (_, i) => i));
    expect(onlyProblem(matrix(`{ a: ${axis}, b: ${axis} }`)).message).toContain('10,201 combinations');
  });

  test('a whole matrix as an expression gets the way out as a hint', () => {
    expect(onlyProblem(withStep('run: x', 'strategy: { matrix: "${{ run }}" }')).hint).toContain('foreach');
  });

  test('concurrency and failFast without items have no effect', () => {
    expect(problems(withStep('run: x', 'concurrency: 2', 'failFast: false'))).toEqual([
      '~NO_EFFECT 5:5 steps[0].concurrency',
      '~NO_EFFECT 6:5 steps[0].failFast',
    ]);
  });
});
