import { describe, expect, test } from 'vitest';
import { runToEnd, statuses } from './test-project.ts';

const run = async (steps: string, extra = '') => {
  const { result, world } = await runToEnd(`name: t\n${extra}steps:\n${steps}`);
  return { result, effects: world.effects, statuses: statuses(result), steps: result.steps };
};

describe('needs', () => {
  test('a step runs after its needs, explicit and implied by references', async () => {
    const { effects } = await run(`
  - { id: c, type: effect, value: "\${{ steps.b.output }}" }
  - { id: b, type: effect, needs: a, value: 2 }
  - { id: a, type: effect }`);
    expect(effects.begun).toEqual(['a', 'b', 'c']);
  });

  test('a skipped need skips the step, and both reasons are stored', async () => {
    const { steps } = await run(`
  - { id: a, type: effect, if: "false" }
  - { id: b, type: effect, needs: a }
  - { id: c, type: effect, needs: b }`);
    expect(steps.a?.skipReason).toBe('if: false is false');
    expect(steps.b).toMatchObject({ status: 'skipped', attempts: 0, skipReason: 'need a skipped' });
    expect(steps.c?.skipReason).toBe('need b skipped');
  });

  test('a skipped need does not matter beside a join', async () => {
    const { statuses: found } = await run(`
  - { id: a, type: effect, if: "false" }
  - { id: b, type: effect }
  - { id: j, type: join, needs: [a, b] }
  - { id: c, type: effect, needs: [a, j] }`);
    expect(found).toEqual({ a: 'skipped', b: 'success', j: 'success', c: 'success' });
  });

  test('a failed need refuses the step with its reason, whatever on_failure says', async () => {
    for (const policy of ['drain', 'continue']) {
      const { steps, result } = await run(
        `
  - { id: a, type: effect, fail: true, retryable: false }
  - { id: b, type: effect, needs: a }`,
        `on_failure: ${policy}\n`,
      );
      expect(result.status).toBe('failed');
      expect(steps.b).toMatchObject({ status: 'skipped', skipReason: 'need a failed' });
    }
  });

  test('an allowed failure counts as success and stays readable', async () => {
    const { result, steps } = await run(
      `
  - { id: a, type: effect, fail: true, code: OOPS, retryable: false, allowFailure: true }
  - { id: b, type: effect, needs: a, value: "\${{ steps.a.outcome }} \${{ steps.a.error.code }}" }`,
      'outputs: { said: "${{ steps.b.output }}" }\n',
    );
    expect(result).toMatchObject({ status: 'success', outputs: { said: 'failed OOPS' } });
    expect(steps.a).toMatchObject({ status: 'success', outcome: 'failed', error: { code: 'OOPS' } });
  });

  test('an allowed failure of a condition, an item list or a join counts as success too', async () => {
    const { result, statuses: found } = await run(
      `
  - { id: a, type: effect, if: "inputs.missing.a.b", allowFailure: true }
  - { id: l, type: effect, foreach: "inputs.missing", allowFailure: true }
  - { id: f, type: effect, if: "false" }
  - { id: j, type: join, needs: [f], condition: any, allowFailure: true }
  - { id: end, type: effect, needs: [a, l] }
`,
      'inputs: { missing: { type: object, default: {} } }\n',
    );
    expect(found).toMatchObject({ l: 'success', j: 'success', end: 'success' });
    expect(result.status).toBe('success');
  });
});

describe('if', () => {
  test.each([
    ['success()', 'ok', 'success'],
    ['success()', 'bad', 'skipped'],
    ['failure()', 'bad', 'success'],
    ['failure()', 'ok', 'skipped'],
    ['always()', 'bad', 'success'],
    ['canceled()', 'bad', 'skipped'],
    ["always() && steps.bad.error.code == 'BROKEN'", 'bad', 'success'],
  ])('%s with need %s: %s', async (condition, need, wanted) => {
    const { steps } = await run(`
  - { id: ok, type: effect }
  - { id: bad, type: effect, fail: true, retryable: false }
  - { id: x, type: effect, needs: ${need}, if: "${condition}" }`);
    expect(steps.x?.status).toBe(wanted);
  });

  test('a condition that names no status still wants its needs to have succeeded', async () => {
    const { steps } = await run(`
  - { id: a, type: effect, if: "1 == 2" }
  - { id: b, type: effect, needs: a, if: "true" }`);
    expect(steps.b).toMatchObject({ status: 'skipped', skipReason: 'need a skipped' });
  });

  test('an error in a condition fails the step and names the path', async () => {
    const { steps, result } = await run(`
  - { id: a, type: effect }
  - { id: b, type: effect, if: "steps.a.output.deep.down == 1" }`);
    expect(result.status).toBe('failed');
    expect(steps.b?.error).toMatchObject({ code: 'EXPRESSION', stepId: 'b' });
    expect(steps.b?.error?.message).not.toContain('${{ ${{');
  });
});

describe('data', () => {
  test('env of workflow and step, inputs, outputs and their contract', async () => {
    const source = (limit: number) => `
name: data
inputs: { n: { type: integer, default: 20 } }
env: { A: "\${{ inputs.n }}", B: wide }
outputs: { n: "\${{ steps.x.output.n }}", text: "\${{ steps.x.output.text }}" }
outputSchema: { type: object, properties: { n: { type: integer, maximum: ${limit} } } }
steps:
  - id: x
    type: effect
    env: { B: narrow }
    value: { n: "\${{ inputs.n + 1 }}", text: "\${{ env.A }}-\${{ env.B }}" }
`;
    const good = await runToEnd(source(50));
    expect(good.result.outputs).toEqual({ n: 21, text: '20-narrow' });
    const bad = await runToEnd(source(20));
    expect(bad.result).toMatchObject({ status: 'failed', outputs: null, error: { code: 'OUTPUTS_SCHEMA' } });
    expect(bad.result.error?.message).toContain('n must be');
  });

  test('transform and outputSchema see the raw result; a misfit is an error with its path', async () => {
    const { steps } = await run(`
  - { id: a, type: effect, value: { n: 3 }, transform: "output.n * 2", outputSchema: { type: integer } }
  - { id: b, type: effect, value: { n: x }, outputSchema: { properties: { n: { type: integer } } }, allowFailure: true }
  - { id: c, type: effect, value: 7, transform: "stdout", needs: b }
  - { id: d, type: effect, value: "\${{ 'seven' }}", inputSchema: { properties: { value: { type: integer } } }, allowFailure: true }`);
    expect(steps.a?.output).toBe(6);
    expect(steps.b?.error).toMatchObject({ code: 'OUTPUT_SCHEMA' });
    expect(steps.b?.error?.message).toContain('n must be');
    expect(steps.c?.output).toBe('7');
    expect(steps.d?.error).toMatchObject({ code: 'INPUT_SCHEMA' });
    expect(steps.d?.error?.message).toContain('value must be');
  });

  test('a wrong output is tried again when retries are left', async () => {
    const { steps, effects } = await run(
      '\n  - { id: a, type: effect, value: 1, outputSchema: { type: string }, retry: { count: 2, baseDelay: 1s } }',
    );
    expect(steps.a).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'OUTPUT_SCHEMA' } });
    expect(effects.count('a')).toBe(3);
  });
});
