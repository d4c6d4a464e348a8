import { describe, expect, test } from 'vitest';
import { onlyProblem, planOf, problems, withStep } from './problems.ts';

describe('ids', () => {
  test.each([
    ['1a', 'BAD_ID', 'write "_1a"'],
    ['my-step', 'BAD_ID', 'write "my_step"'],
    ['ä', 'BAD_ID', undefined],
    ['constructor', 'RESERVED_NAME', undefined],
    ['__proto__', 'RESERVED_NAME', undefined],
    ['prototype', 'RESERVED_NAME', undefined],
    ['toString', 'RESERVED_NAME', undefined],
    ['valueOf', 'RESERVED_NAME', undefined],
    ['hasOwnProperty', 'RESERVED_NAME', undefined],
    ['a'.repeat(101), 'BAD_ID', undefined],
  ])('%s is refused', (id, code, hint) => {
    const problem = onlyProblem(`name: w\nsteps:\n  - id: ${id}\n    run: x\n`);
    expect(problem).toMatchObject({ code, path: 'steps[0].id', text: id });
    if (hint !== undefined) expect(problem.hint).toBe(hint);
  });

  test('an id that is no text is of the wrong type', () => {
    expect(problems('name: w\nsteps:\n  - id: 5\n    run: x\n')).toEqual(['WRONG_TYPE 3:9 steps[0].id']);
  });

  test('a step without an id is refused', () => {
    expect(problems('name: w\nsteps:\n  - run: x\n')).toEqual(['MISSING_FIELD 3:5 steps[0]']);
  });

  test('an id is unique in its block, and the first one is named', () => {
    const source =
      'name: w\nsteps:\n  - { id: a, run: x }\n  - { id: a, run: x }\nfinally:\n  - { id: a, run: x }\n';
    const problem = onlyProblem(source);
    expect(problem).toMatchObject({ code: 'DUPLICATE_ID', path: 'steps[1].id' });
    expect(problem.message).toContain('steps[0] (line 3)');
  });
});

describe('types', () => {
  test('an unknown type is refused with the nearest one', () => {
    expect(onlyProblem(withStep('type: shel'))).toMatchObject({
      code: 'UNKNOWN_TYPE',
      hint: 'did you mean "shell"?',
      text: 'shel',
    });
  });

  test('a type far from all lists what there is', () => {
    expect(onlyProblem(withStep('type: kubernetes')).hint).toContain('shell, file');
  });

  test('a kind of the language that the catalog lacks is known, but not run yet', () => {
    expect(onlyProblem(withStep('type: human', 'message: hi'))).toMatchObject({
      code: 'NOT_SUPPORTED_YET',
      text: 'human',
    });
    expect(problems(withStep('prompt: hi', 'agent: writer'))).toEqual(['NOT_SUPPORTED_YET 3:5 steps[0]']);
  });

  test('the type may be left out when the fields of exactly one kind are given', () => {
    expect(planOf(withStep('run: x')).blocks.steps[0]?.kind).toBe('shell');
    expect(planOf(withStep('url: x')).blocks.steps[0]?.kind).toBe('fetch');
    expect(onlyProblem(withStep('url: x', 'run: y'))).toMatchObject({
      code: 'AMBIGUOUS_TYPE',
      hint: 'write "type"',
    });
    expect(onlyProblem(withStep('dir: x')).code).toBe('MISSING_TYPE');
  });
});
