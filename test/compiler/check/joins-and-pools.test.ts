import { describe, expect, test } from 'vitest';
import { onlyProblem, problems } from './problems.ts';

const join = (fields: string): string =>
  `name: w\nsteps:\n  - { id: a, run: x }\n  - { id: b, run: x }\n  - { id: j, type: join, ${fields} }\n`;

describe('joins', () => {
  test.each(['all', 'any', '1', '2', '"2"', '60%', '100%', '0.5%'])(
    'condition %s is fine for two needs',
    (condition) => {
      expect(problems(join(`needs: [a, b], condition: ${condition}`))).toEqual([]);
    },
  );

  test.each(['most', '0', '-1', '0%', '101%', '""'])('condition %s is refused', (condition) => {
    expect(problems(join(`needs: [a, b], condition: ${condition}`))).toEqual([
      'BAD_JOIN 5:52 steps[2].condition',
    ]);
  });

  test('a join cannot ask for more steps than it needs', () => {
    expect(onlyProblem(join('needs: [a, b], condition: 3'))).toMatchObject({
      code: 'BAD_JOIN',
      message: '"condition" asks for 3 steps, but the join needs only 2',
    });
  });

  test('steps it needs twice, or because it reads them, are counted once', () => {
    expect(onlyProblem(join('needs: [a, b, a], condition: 3')).code).toBe('BAD_JOIN');
    expect(problems(join('needs: [a], condition: 2, if: "steps.b.status == 1"'))).toEqual([]);
  });

  test('fields that mean nothing to a join are warned of', () => {
    expect(problems(join('needs: [a, b], retry: { count: 1 }, totalTimeout: 1s, priority: 2'))).toEqual([
      '~NO_EFFECT 5:41 steps[2].retry',
      '~NO_EFFECT 5:62 steps[2].totalTimeout',
      '~NO_EFFECT 5:80 steps[2].priority',
    ]);
    expect(problems(join('needs: [a, b], onTimeout: partial, cancelRest: true'))).toEqual([
      '~NO_EFFECT 5:41 steps[2].onTimeout',
      '~NO_EFFECT 5:61 steps[2].cancelRest',
    ]);
    expect(problems(join('needs: [a, b], condition: any, cancelRest: false'))).toEqual([]);
    expect(problems(join('needs: [a, b], timeout: 1s, onTimeout: partial, cancelRest: false'))).toEqual([]);
  });

  test('a join without needs is refused', () => {
    expect(onlyProblem(join('condition: any'))).toMatchObject({ code: 'BAD_JOIN', path: 'steps[2]' });
  });

  test('the fields of a join are known before the run', () => {
    expect(problems(join('needs: [a], timeout: "${{ 1 }}"'))).toEqual([
      'TEMPLATE_NOT_ALLOWED 5:47 steps[2].timeout',
    ]);
    expect(problems(join('needs: [a], condition: "${{ 1 }}"'))).toEqual([
      'TEMPLATE_NOT_ALLOWED 5:49 steps[2].condition',
    ]);
  });

  test('what happens on time-out is the join’s own choice of words', () => {
    expect(problems(join('needs: [a], timeout: 1s, onTimeout: partial'))).toEqual([]);
    expect(onlyProblem(join('needs: [a], timeout: 1s, onTimeout: skip')).code).toBe('NOT_ALLOWED_VALUE');
  });
});

describe('pools', () => {
  const pooled =
    'name: w\npools: { api: 2 }\nsteps:\n  - { id: a, run: x, pool: api }\n  - { id: b, run: x, pool: ap }\n';

  test('a pool is the workflow’s or configured', () => {
    expect(onlyProblem(pooled)).toMatchObject({
      code: 'UNKNOWN_POOL',
      hint: 'did you mean "api"?',
      path: 'steps[1].pool',
      text: 'ap',
    });
    expect(problems(pooled, { pools: ['ap'] })).toEqual([]);
  });
});
