import { describe, expect, test } from 'vitest';
import { cpuMs } from '../../cpu-time.ts';
import { compileText, onlyProblem, problems } from './problems.ts';

const workflow = (...steps: string[]): string =>
  `name: w\nsteps:\n${steps.map((step) => `  - { run: x, ${step} }\n`).join('')}`;

describe('needs', () => {
  test('a step that is not there is refused with the nearest id', () => {
    expect(onlyProblem(workflow('id: build', 'id: b, needs: [biuld]'))).toMatchObject({
      code: 'UNKNOWN_STEP',
      hint: 'did you mean "build"?',
      path: 'steps[1].needs[0]',
      text: 'biuld',
    });
  });

  test('a step cannot need itself', () => {
    expect(problems(workflow('id: a, needs: a'))).toEqual(['SELF_NEED 3:29 steps[0].needs']);
  });

  test('a step of another block cannot be needed', () => {
    const source = `${workflow('id: a', 'id: b, needs: f')}finally:\n  - { id: f, run: x, needs: [a] }\n`;
    expect(problems(source)).toEqual([
      'NEED_OTHER_BLOCK 4:29 steps[1].needs',
      'NEED_OTHER_BLOCK 6:30 finally[0].needs[0]',
    ]);
  });

  test('a cycle is shown as a path', () => {
    const problem = onlyProblem(workflow('id: a, needs: c', 'id: b, needs: a', 'id: c, needs: [b]'));
    expect(problem).toMatchObject({
      code: 'NEED_CYCLE',
      message: 'these steps wait for each other: a → c → b → a',
    });
    expect(problem.hint).toBeUndefined();
  });

  test('a cycle through references names them and points at one', () => {
    const source =
      'name: w\nsteps:\n  - id: a\n    needs: b\n    run: x\n  - id: b\n    run: |\n      one\n      ${{ steps.a.output }}\n';
    const problem = onlyProblem(source);
    expect(problem).toMatchObject({
      code: 'NEED_CYCLE',
      message: 'these steps wait for each other: a → b → a',
      hint: '"b" reads steps.a in "run"; a reference makes a step wait',
      text: 'steps.a.output',
    });
  });

  test('separate cycles are all found', () => {
    const found = problems(
      workflow(
        'id: a, needs: b',
        'id: b, needs: a',
        'id: c, needs: d',
        'id: d, needs: c',
        'id: e, needs: [a, c]',
      ),
    );
    expect(found.map((each) => each.split(' ')[0])).toEqual(['NEED_CYCLE', 'NEED_CYCLE']);
  });

  test('cycles within errors and finally are found too', () => {
    const source = `${workflow('id: a')}errors:\n  - { id: x, run: x, needs: y }\n  - { id: y, run: x, needs: x }\n`;
    expect(onlyProblem(source).code).toBe('NEED_CYCLE');
  });

  test('a chain of 2,000 steps is checked without overflowing the stack, and a long cycle is abridged', () => {
    const chain = (first: string): string =>
      workflow(`id: s0${first}`, ...Array.from({ length: 1_999 }, (_, i) => `id: s${i + 1}, needs: s${i}`));
    expect(compileText(chain('')).ok).toBe(true);
    const { message } = onlyProblem(chain(', needs: s1999'));
    expect(message).toContain('s0 → s1999 → s1998');
    expect(message).toMatch(/… 1990 more …/);
    expect(message.length).toBeLessThan(300);
  });

  test('5,000 wrong needs do not take quadratic time', () => {
    const steps = Array.from({ length: 5_000 }, (_, i) => `- {id: s${i}, run: x, needs: t${i}}\n`).join('');
    const refuse = () => expect(problems(`name: w\nsteps:\n${steps}`)).toHaveLength(1_001);
    expect(cpuMs(refuse)).toBeLessThan(10_000);
  });

  test('a diamond is no cycle', () => {
    expect(problems(workflow('id: a', 'id: b, needs: a', 'id: c, needs: a', 'id: d, needs: [b, c]'))).toEqual(
      [],
    );
  });
});
