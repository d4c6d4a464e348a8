import { describe, expect, test } from 'vitest';
import { onlyProblem, problems } from './problems.ts';

const flow = (...lines: string[]): string =>
  `name: w\nsteps:\n  - id: a\n${lines.map((line) => `    ${line}\n`).join('')}`;

describe('idempotencyKey and memoize', () => {
  test('take an expression with or without braces, and their companions', () => {
    expect(
      problems(
        flow(
          'run: x',
          `idempotencyKey: "'k' + run.id"`,
          'idempotencyScope: global',
          'idempotencyTtlSeconds: 60',
          'idempotencyInFlight: wait',
          'memoize: true',
          'memoizeTtlSeconds: 0.5',
        ),
      ),
    ).toEqual([]);
    expect(problems(flow('run: x', 'idempotencyKey: ${{ run.id }}'))).toEqual([]);
  });

  test('refuse names that are not there, words that are none, and times that are none', () => {
    expect(problems(flow('run: x', 'idempotencyKey: order'))).toEqual([
      'UNKNOWN_NAME 5:21 steps[0].idempotencyKey',
    ]);
    expect(problems(flow('run: x', 'idempotencyKey: run.id', 'idempotencyScope: all'))).toEqual([
      'NOT_ALLOWED_VALUE 6:23 steps[0].idempotencyScope',
    ]);
    expect(problems(flow('run: x', 'memoize: true', 'memoizeTtlSeconds: 0'))).toEqual([
      'OUT_OF_RANGE 6:24 steps[0].memoizeTtlSeconds',
    ]);
  });

  test('are refused where there is no effect', () => {
    expect(
      problems(
        flow('type: join', 'idempotencyKey: run.id').replace(
          '- id: a',
          '- { id: z, run: x }\n  - id: a\n    needs: z',
        ),
      ),
    ).toEqual(['NO_EFFECT_TO_KEEP 7:5 steps[1].idempotencyKey']);
  });

  test('memoize cannot be of a compensation, a key can', () => {
    expect(problems(flow('run: x', 'compensate: { run: y, idempotencyKey: run.id }'))).toEqual([]);
    expect(problems(flow('run: x', 'compensate: { run: y, memoize: true }'))).toEqual([
      'NOT_IN_COMPENSATE 5:27 steps[0].compensate.memoize',
    ]);
  });

  test('warn of what does nothing, and of a key that all items share', () => {
    expect(onlyProblem(flow('run: x', 'idempotencyScope: run'))).toMatchObject({
      code: 'NO_EFFECT',
      severity: 'warning',
    });
    expect(problems(flow('run: x', 'memoize: false', 'memoizeTtlSeconds: 5'))).toEqual([
      '~NO_EFFECT 6:5 steps[0].memoizeTtlSeconds',
    ]);
    expect(problems(flow('run: x', 'foreach: "[1, 2]"', 'idempotencyKey: run.id'))).toEqual([
      '~SAME_KEY 6:21 steps[0].idempotencyKey',
    ]);
    expect(problems(flow('run: x', 'foreach: "[1, 2]"', 'idempotencyKey: item'))).toEqual([]);
  });
});
