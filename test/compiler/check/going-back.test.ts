import { describe, expect, test } from 'vitest';
import { onlyProblem, problems } from './problems.ts';

const flow = (...steps: string[]): string =>
  `name: w\nsteps:\n${steps.map((step) => `  - { ${step} }\n`).join('')}`;
const ask = (needs: string, rewindTo: string): string =>
  `id: q, type: review, needs: ${needs}, rewindTo: ${rewindTo}`;

describe('a step that sends the run back', () => {
  test('may name any step it needs, directly or not, also across a fork', () => {
    expect(problems(flow('id: a, run: x', 'id: b, run: x, needs: a', ask('b', 'a')))).toEqual([]);
    expect(
      problems(
        flow('id: a, run: x', 'id: b, run: x, needs: a', 'id: c, run: x, needs: a', ask('[b, c]', 'b')),
      ),
    ).toEqual([]);
    expect(
      problems(flow('id: a, run: x', 'id: b, run: x, needs: a', 'id: c, run: x, needs: a', ask('b', 'a'))),
    ).toEqual([]);
  });

  test('names an existing step', () => {
    expect(onlyProblem(flow('id: build, run: x', ask('build', 'biuld')))).toMatchObject({
      code: 'BAD_WAY_BACK',
      message: '"rewindTo" names "biuld", which is no step of "steps"',
      hint: 'did you mean "build"?',
    });
  });

  test('needs the step it names', () => {
    expect(onlyProblem(flow('id: a, run: x', 'id: b, run: x', ask('b', 'a')))).toMatchObject({
      code: 'BAD_WAY_BACK',
      message: '"rewindTo" names "a", which "q" does not need, directly or not',
    });
  });

  test('is no item of a fan-out', () => {
    expect(onlyProblem(flow('id: a, run: x', `${ask('a', 'a')}, foreach: "[1]"`))).toMatchObject({
      code: 'BAD_WAY_BACK',
      message: 'one item of a fan-out cannot send the run back',
    });
  });

  test('cannot lead back through branches that depend on each other', () => {
    const entangled = flow(
      'id: a, run: x',
      'id: b, run: x',
      'id: c, run: x, needs: a',
      'id: d, run: x, needs: [a, b]',
      ask('c', 'a'),
    );
    expect(onlyProblem(entangled)).toMatchObject({
      code: 'BAD_WAY_BACK',
      message: '"q" cannot send the run back to "a": other branches depend on steps between the two',
    });
  });

  test('cannot lead out of one of very many branches', () => {
    const many = Array.from({ length: 17 }, (_, index) => `id: s${index}, run: x, needs: a`);
    expect(onlyProblem(flow('id: a, run: x', ...many, ask('s0', 'a')))).toMatchObject({
      message: '"q" cannot send the run back to "a": it is in one of more than 16 branches at once',
    });
  });
});
