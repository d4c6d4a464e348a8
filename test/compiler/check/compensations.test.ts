import { describe, expect, test } from 'vitest';
import { onlyProblem, planOf, problems, withStep } from './problems.ts';

describe('compensations', () => {
  test.each([
    'needs: a',
    'foreach: inputs',
    'strategy: { matrix: { os: [a] } }',
    'concurrency: 2',
    'failFast: true',
    'compensate: { run: x }',
  ])('one with %s is refused', (line) => {
    const found = problems(withStep('run: x', `compensate: { run: y, ${line} }`));
    expect(found).toEqual([`NOT_IN_COMPENSATE 5:27 steps[0].compensate.${line.split(':')[0]}`]);
  });

  test('a compensation is checked like a step', () => {
    expect(problems(withStep('run: x', 'compensate: { run: y, tiemout: 1s }'))).toEqual([
      'UNKNOWN_FIELD 5:27 steps[0].compensate.tiemout',
    ]);
    expect(problems(withStep('run: x', 'compensate: { type: shel }'))).toEqual([
      'UNKNOWN_TYPE 5:25 steps[0].compensate.type',
    ]);
    expect(problems('name: w\ncompensate: { nope: x, run: y }\nsteps:\n  - { id: a, run: x }\n')).toEqual([
      'UNKNOWN_FIELD 2:15 compensate.nope',
    ]);
    expect(problems('name: w\ncompensate: [x]\nsteps:\n  - { id: a, run: x }\n')).toEqual([
      'WRONG_TYPE 2:13 compensate',
    ]);
  });

  test('a join cannot be one', () => {
    expect(onlyProblem(withStep('run: x', 'compensate: { type: join }')).code).toBe('NOT_IN_COMPENSATE');
  });

  test('it may read the step it undoes, and what it reads makes nobody wait', () => {
    const source =
      'name: w\nsteps:\n  - id: a\n    run: x\n    compensate: { run: "${{ steps.a.output }} ${{ steps.b.status }}" }\n  - id: b\n    run: x\n    needs: a\n';
    expect(planOf(source).blocks.steps[0]).toMatchObject({
      id: 'a',
      needs: [],
      compensate: { id: 'a', needs: [] },
    });
  });

  test('in finally it has no effect', () => {
    const source =
      'name: w\nsteps:\n  - { id: a, run: x }\nfinally:\n  - { id: f, run: x, compensate: { run: y } }\n';
    expect(problems(source)).toEqual(['~NO_EFFECT 5:22 finally[0].compensate']);
  });
});
