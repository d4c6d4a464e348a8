import { describe, expect, test } from 'vitest';
import { compileText, onlyProblem, planOf, problems } from './problems.ts';

const STEPS = 'steps:\n  - id: a\n    run: x\n';

describe('fields of the file', () => {
  test('a workflow needs a name and steps', () => {
    expect(problems('description: x\n')).toEqual(['MISSING_FIELD 1:1', 'MISSING_FIELD 1:1']);
    expect(problems(`name: w\nsteps: []\n`)).toEqual(['MISSING_FIELD 2:8 steps']);
  });

  test.each(['Release', 'a b', '-a', 'ä', ''])('the name %j is refused', (name) => {
    expect(problems(`name: ${JSON.stringify(name)}\n${STEPS}`)).toEqual(['BAD_FORMAT 1:7 name']);
  });

  test.each(['release', '0', 'a-b_c9'])('the name %j is fine', (name) => {
    expect(problems(`name: ${JSON.stringify(name)}\n${STEPS}`)).toEqual([]);
  });

  test('an unknown field is refused with the nearest name', () => {
    const problem = onlyProblem(`name: w\ntimeuot: 5m\n${STEPS}`);
    expect(problem).toMatchObject({
      code: 'UNKNOWN_FIELD',
      hint: 'did you mean "timeout"?',
      text: 'timeuot',
    });
  });

  test('x- fields are allowed anywhere and ignored', () => {
    const source = `name: w\nx-note: 1\ninputs: { x-a: 1, a: { type: string, default: b, x-b: 1 } }\npools: { p: { limit: 1, x-c: 1 }, x-p: none }\nenv: { x-e: [] }\nsteps:\n  - id: a\n    run: "\${{ inputs.a }}"\n    x-e: { any: thing }\n    retry: { count: 1, x-f: 2 }\n    strategy: { x-g: 1, matrix: { os: [a], x-h: 1 } }\n`;
    expect(problems(source)).toEqual([]);
    expect(JSON.stringify(planOf(source))).not.toContain('x-');
  });

  test.each(['triggers: []', 'eval: {}'])('%s is known but not run yet', (line) => {
    expect(onlyProblem(`name: w\n${line}\n${STEPS}`).code).toBe('NOT_SUPPORTED_YET');
  });

  test.each([
    ['concurrency: 0', 'OUT_OF_RANGE 2:14 concurrency'],
    ['concurrency: 1.5', 'WRONG_TYPE 2:14 concurrency'],
    ['concurrency: many', 'WRONG_TYPE 2:14 concurrency'],
    ['timeout: 5 minutes', 'BAD_DURATION 2:10 timeout'],
    ['timeout: "${{ inputs.a }}"', 'TEMPLATE_NOT_ALLOWED 2:10 timeout'],
    ['on_overlap: sometimes', 'NOT_ALLOWED_VALUE 2:13 on_overlap'],
    ['on_failure: stop', 'NOT_ALLOWED_VALUE 2:13 on_failure'],
    ['retention: {}', 'BAD_VALUE 2:12 retention'],
    ['retention: { keep: 0 }', 'BAD_VALUE 2:20 retention.keep'],
    ['retention: { days: soon }', 'WRONG_TYPE 2:20 retention.days'],
    ['retention: { day: 1 }', 'UNKNOWN_FIELD 2:14 retention.day'],
    ['tags: ci', 'WRONG_TYPE 2:7 tags'],
    ['tags: [1]', 'WRONG_TYPE 2:8 tags[0]'],
    ['pools: { p: 0 }', 'OUT_OF_RANGE 2:13 pools.p'],
    ['pools: { p: big }', 'WRONG_TYPE 2:13 pools.p'],
    ['pools: { p: { limit: 1, prioity: true } }', 'UNKNOWN_FIELD 2:25 pools.p.prioity'],
    ['pools: [p]', 'WRONG_TYPE 2:8 pools'],
    ['env: { A: [1] }', 'WRONG_TYPE 2:11 env.A'],
    ['outputs: [a]', 'WRONG_TYPE 2:10 outputs'],
    ['version: [1]', 'WRONG_TYPE 2:10 version'],
    ['errors: {}', 'WRONG_TYPE 2:9 errors'],
    ['errors: [text]', 'WRONG_TYPE 2:10 errors[0]'],
    ['finally: 5', 'WRONG_TYPE 2:10 finally'],
  ])('%s is %s', (line, expected) => {
    expect(problems(`name: w\n${line}\n${STEPS}`)).toEqual([expected]);
  });

  test('steps as a map get the hint of a list', () => {
    expect(onlyProblem('name: w\nsteps: { a: { run: x } }\n').hint).toContain('- id');
  });

  test('a number where a text is wanted gets the hint to quote it', () => {
    expect(onlyProblem(`name: 1.10\n${STEPS}`)).toMatchObject({
      code: 'WRONG_TYPE',
      hint: 'put it in quotes',
    });
  });

  test('more than 20,000 steps are refused with a way out', () => {
    const { diagnostics } = compileText(`name: w\nsteps:\n${'- 1\n'.repeat(20_001)}`);
    expect(diagnostics[0]).toMatchObject({ code: 'TOO_MANY_STEPS', hint: 'use "foreach" over a list' });
    expect(problems(`name: w\nsteps:\n${'- 1\n'.repeat(20_000)}`)[0]).not.toContain('TOO_MANY_STEPS');
  });

  test('beyond a thousand problems only their number is told', () => {
    const steps = Array.from({ length: 1_200 }, (_, i) => `- {id: s${i}, run: x, nope: 1}\n`).join('');
    const found = problems(`name: w\nsteps:\n${steps}`);
    expect(found).toHaveLength(1_001);
    expect(found.at(-1)).toMatch(/^TOO_MANY_PROBLEMS 1003:/);
  });

  test('all problems are told at once, in the order of the file', () => {
    const source =
      'name: W\nnope: 1\ninputs: { a: {} }\nsteps:\n  - id: 1a\n    run: x\n    needs: zz\n  - id: b\n    type: shel\nfinally: x\n';
    expect(problems(source)).toEqual([
      'BAD_FORMAT 1:7 name',
      'UNKNOWN_FIELD 2:1 nope',
      '~UNUSED_INPUT 3:11 inputs.a',
      'MISSING_FIELD 3:14 inputs.a',
      'BAD_ID 5:9 steps[0].id',
      'UNKNOWN_STEP 7:12 steps[0].needs',
      'UNKNOWN_TYPE 9:11 steps[1].type',
      'WRONG_TYPE 10:10 finally',
    ]);
  });

  test('strict makes warnings errors', () => {
    const source = `name: w\ninputs: { a: { type: string } }\n${STEPS}`;
    expect(compileText(source).ok).toBe(true);
    expect(compileText(source, { strict: true }).ok).toBe(false);
    expect(problems(source, { strict: true })).toEqual(['UNUSED_INPUT 2:11 inputs.a']);
  });
});
