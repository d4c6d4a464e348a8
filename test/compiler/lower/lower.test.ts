import { describe, expect, test } from 'vitest';
import { hashPlan } from '../../../compiler/lower/hash.ts';
import { compileText, planOf, stepOf, withStep } from '../check/problems.ts';

describe('the plan of a workflow', () => {
  test('the smallest workflow has every default', () => {
    expect(planOf(withStep('run: echo hi'))).toEqual({
      format: 1,
      name: 'w',
      inputs: {},
      outputs: {},
      env: {},
      pools: {},
      onOverlap: 'allow',
      onFailure: 'drain',
      tags: [],
      blocks: {
        steps: [
          {
            id: 'a',
            kind: 'shell',
            needs: [],
            fields: { run: 'echo hi' },
            onTimeout: 'fail',
            allowFailure: false,
            failFast: true,
            priority: 0,
            span: { start: 19, end: 41 },
            fieldSpans: { id: { start: 23, end: 24 }, run: { start: 34, end: 41 } },
          },
        ],
        errors: [],
        finally: [],
      },
    });
  });

  test('names the secrets that are read anywhere, with the first place of each, which are no part of its hash', () => {
    const source = `name: w
env: { A: "\${{ secrets.ONE }}" }
outputs: { o: "\${{ secrets.TWO }}" }
steps:
  - { id: a, run: x, env: { B: "\${{ secrets.ONE }}" }, if: secrets.THREE != '', compensate: { run: "\${{ secrets.FOUR }}" } }
`;
    const plan = planOf(source);
    const texts = Object.entries(plan.secrets ?? {}).map(([name, { start, end }]) => [
      name,
      source.slice(start, end),
    ]);
    expect(Object.fromEntries(texts)).toEqual({
      ONE: 'secrets.ONE',
      TWO: 'secrets.TWO',
      THREE: 'secrets.THREE',
      FOUR: 'secrets.FOUR',
    });
    expect(plan.secrets?.ONE?.start).toBe(source.indexOf('secrets.ONE'));
    const maybe = planOf(
      source
        .replace('secrets.ONE', "secrets.ONE|default('')")
        .replace('secrets.TWO', 'coalesce(secrets.TWO, 1)'),
    );
    expect(maybe.secrets).toMatchObject({ TWO: { optional: true }, ONE: { start: expect.any(Number) } });
    expect(maybe.secrets?.ONE?.optional).toBeUndefined();
    expect(hashPlan(planOf(source.replace('name: w', '# comment\nname: w')))).toBe(hashPlan(plan));
  });

  test('fields of the file are lowered, durations to milliseconds', () => {
    const source = `name: w
description: d
version: "1.2"
inputs:
  env: { type: string, values: [dev, prod], default: dev, description: where }
  token: { type: string, secret: true, minLength: 3 }
outputs: { url: "\${{ steps.a.output }}" }
outputSchema: { type: object }
env: { A: 1 }
concurrency: 3
pools: { api: 2, llm: { limit: 4, priority: false } }
timeout: 2h
on_overlap: allow
on_failure: continue
tags: [ci]
retention: { days: 30, keep: 5 }
steps: [{ id: a, run: "\${{ inputs.env }}\${{ inputs.token }}" }]
compensate: { run: undo }
`;
    expect(planOf(source)).toMatchObject({
      description: 'd',
      version: '1.2',
      inputs: {
        env: {
          schema: { type: 'string', enum: ['dev', 'prod'] },
          default: 'dev',
          description: 'where',
          secret: false,
          required: false,
        },
        token: { schema: { type: 'string', minLength: 3 }, secret: true, required: true },
      },
      outputs: { url: '${{ steps.a.output }}' },
      outputSchema: { type: 'object' },
      env: { A: 1 },
      concurrency: 3,
      pools: { api: { limit: 2, priority: true }, llm: { limit: 4, priority: false } },
      timeoutMs: 7_200_000,
      onFailure: 'continue',
      retention: { days: 30, keep: 5 },
      tags: ['ci'],
      compensate: { id: 'workflow', kind: 'shell', fields: { run: 'undo' } },
    });
  });

  test('fields of a step are lowered', () => {
    const step = stepOf(
      `${withStep(
        'run: x',
        'name: Step ${{ run.id }}',
        'if: ${{ run.attempt == 1 }}',
        'timeout: 90s',
        'totalTimeout: PT1H',
        'onTimeout: skip',
        'retry: { count: 2, backoff: linear, baseDelay: 0, maxDelay: 1m, jitter: false, on: "${{ error.code }}" }',
        'allowFailure: true',
        'foreach: ${{ steps.b.output }}',
        'concurrency: 7',
        'failFast: false',
        'pool: p',
        'priority: -3',
        'env: { A: x }',
        'inputSchema: true',
        'outputSchema: { type: string }',
        'transform: output|trim',
        'compensate: { run: undo, timeout: 1s }',
        'x-note: gone',
      )}  - { id: b, run: x }\npools: { p: 1 }\n`,
      'a',
    );
    expect(step).toMatchObject({
      name: 'Step ${{ run.id }}',
      needs: ['b'],
      if: 'run.attempt == 1',
      fields: { run: 'x' },
      env: { A: 'x' },
      timeoutMs: 90_000,
      totalTimeoutMs: 3_600_000,
      onTimeout: 'skip',
      retry: {
        count: 2,
        backoff: 'linear',
        baseDelayMs: 0,
        maxDelayMs: 60_000,
        jitter: false,
        on: 'error.code',
      },
      allowFailure: true,
      foreach: 'steps.b.output',
      concurrency: 7,
      failFast: false,
      pool: 'p',
      priority: -3,
      inputSchema: true,
      outputSchema: { type: 'string' },
      transform: 'output|trim',
      compensate: { id: 'a', kind: 'shell', needs: [], fields: { run: 'undo' }, timeoutMs: 1_000 },
    });
    expect(Object.keys(step.fieldSpans)).toEqual(
      expect.arrayContaining(['if', 'retry', 'retry.on', 'foreach', 'transform']),
    );
    expect(step.fieldSpans).not.toHaveProperty('x-note');
  });

  test('retries have defaults', () => {
    expect(stepOf(withStep('run: x', 'retry: { count: 1 }'), 'a').retry).toEqual({
      count: 1,
      backoff: 'exponential',
      baseDelayMs: 1_000,
      maxDelayMs: 300_000,
      jitter: true,
    });
  });

  test('a time limit of 0 is no limit, and a template stays one until the run', () => {
    expect(stepOf(withStep('run: x', 'timeout: 0'), 'a').timeoutMs).toBeUndefined();
    expect(stepOf(withStep('run: x', 'timeout: "${{ run.attempt }}s"'), 'a').timeoutMs).toBe(
      '${{ run.attempt }}s',
    );
  });

  test('if as a boolean is its text', () => {
    expect(stepOf(withStep('run: x', 'if: false'), 'a').if).toBe('false');
  });

  test.each([
    ['all', { type: 'all' }],
    ['any', { type: 'any' }],
    ['2', { type: 'count', count: 2 }],
    ['60%', { type: 'percent', percent: 60 }],
  ])('the join condition %s', (condition, expected) => {
    const source = `name: w\nsteps:\n  - { id: b, run: x }\n  - { id: c, run: x }\n  - { id: a, type: join, needs: [b, c], condition: ${condition}, timeout: 5s, onTimeout: partial, cancelRest: true }\n`;
    const step = stepOf(source, 'a');
    expect(step.join).toEqual({
      condition: expected,
      timeoutMs: 5_000,
      onTimeout: 'partial',
      cancelRest: true,
    });
    expect(step).toMatchObject({ onTimeout: 'fail' });
    expect(step.timeoutMs).toBeUndefined();
  });

  test('a matrix keeps its axes, include and exclude', () => {
    const matrix = stepOf(
      withStep(
        'run: x',
        'strategy: { matrix: { os: [a, b], v: "${{ run.name|split }}", include: [{ os: c }], exclude: [{ os: a }] } }',
      ),
      'a',
    ).matrix;
    expect(matrix).toEqual({
      axes: { os: ['a', 'b'], v: '${{ run.name|split }}' },
      include: [{ os: 'c' }],
      exclude: [{ os: 'a' }],
    });
  });

  test.each<[string, unknown]>([
    ['${{ inputs }}', 'inputs'],
    ['[a, "${{ run.id }}"]', ['a', '${{ run.id }}']],
    ['{ lines: "${{ run.id }}.txt" }', { lines: '${{ run.id }}.txt', allowOutsideCwd: false }],
    ['{ lines: a.txt, allowOutsideCwd: true }', { lines: 'a.txt', allowOutsideCwd: true }],
  ])('foreach: %s', (foreach, expected) => {
    expect(stepOf(withStep('run: x', `foreach: ${foreach}`), 'a').foreach).toEqual(expected);
  });

  test('expression fields of a kind lose their braces', () => {
    expect(stepOf(withStep('type: wait', 'event: e', 'match: ${{ data.x }}'), 'a').fields).toEqual({
      event: 'e',
      match: 'data.x',
    });
  });
});

describe('needs', () => {
  test('references add needs after the explicit ones, in source order, each once', () => {
    const source = `name: w
steps:
  - id: a
    run: \${{ steps.d.output }} \${{ steps.b.output }} \${{ steps["c"].output }} \${{ steps.b.status }}
    needs: [c]
    if: steps.e.status == 'success'
    env: { X: "\${{ steps.f.output }}" }
  - { id: b, run: x }
  - { id: c, run: x }
  - { id: d, run: x }
  - { id: e, run: x }
  - { id: f, run: x }
`;
    expect(stepOf(source, 'a').needs).toEqual(['c', 'd', 'b', 'e', 'f']);
  });

  test('references to steps of another block add none', () => {
    const plan = planOf(
      'name: w\nsteps:\n  - { id: a, run: x }\nfinally:\n  - { id: f, run: "${{ steps.a.output }}" }\n',
    );
    expect(plan.blocks.finally[0]?.needs).toEqual([]);
  });

  test('in finally a name means the block’s own step first', () => {
    const plan = planOf(
      'name: w\nsteps:\n  - { id: a, run: x }\nfinally:\n  - { id: a, run: x }\n  - { id: f, run: "${{ steps.a.output }}" }\n',
    );
    expect(plan.blocks.finally[1]?.needs).toEqual(['a']);
  });
});

describe('the hash of a plan', () => {
  const hashOf = (source: string): string => {
    const compiled = compileText(source);
    return compiled.ok ? compiled.planHash : '';
  };
  const source = 'name: w\nsteps:\n  - id: a\n    run: x\n    compensate: { run: y }\n';

  test('is that of the plan, and does not depend on layout, comments, key order or spelling of durations', () => {
    const hash = hashOf(source);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashPlan(planOf(source))).toBe(hash);
    expect(hashOf(`# hello\n\n${source}`)).toBe(hash);
    expect(hashOf('steps: [{ run: x, compensate: { run: y }, id: a }]\nname: w\n')).toBe(hash);
    expect(hashOf(`${source}timeout: 1m\n`)).toBe(hashOf(`timeout: 60s\n${source}`));
  });

  test.each([
    source.replace('run: x', 'run: z'),
    source.replace('run: y', 'run: z'),
    source.replace('name: w', 'name: v'),
    `${source}timeout: 1s\n`,
    source.replace('id: a', 'id: b'),
  ])('changes with the meaning: %j', (changed) => {
    expect(hashOf(changed)).not.toBe(hashOf(source));
  });

  test('survives storage as JSON', () => {
    const plan = planOf(source);
    expect(hashPlan(JSON.parse(JSON.stringify(plan)))).toBe(hashPlan(plan));
  });
});
