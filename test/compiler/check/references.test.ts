import { describe, expect, test } from 'vitest';
import { onlyProblem, problems, withStep } from './problems.ts';

describe('names in expressions', () => {
  test.each([
    ['inputs.tokn', 'UNKNOWN_INPUT', 'did you mean "token"?'],
    ['env.HOEM', 'UNKNOWN_ENV', 'did you mean "HOME"?'],
    ['steps.biuld.output', 'UNKNOWN_STEP', 'did you mean "build"?'],
    ['steps.build.outptu', 'UNKNOWN_PROPERTY', 'did you mean "output"?'],
    ['run.idd', 'UNKNOWN_PROPERTY', 'did you mean "id"?'],
    ['workflow.nme', 'UNKNOWN_PROPERTY', 'did you mean "name"?'],
    ['stepps.build', 'UNKNOWN_NAME', 'did you mean "steps"?'],
    ['needs.build.output', 'UNKNOWN_NAME', 'write "steps"'],
    ['matrix.os', 'UNKNOWN_NAME', 'the combination is "item", such as item.os'],
    ['steps.a.output', 'SELF_REFERENCE', undefined],
    ['steps.last.output', 'UNREACHABLE_REFERENCE', '"finally" runs after every step of "steps"'],
    ['steps.oops.output', 'UNREACHABLE_REFERENCE', '"errors" runs after every step of "steps"'],
    ['item', 'ITEM_OUTSIDE_FOREACH', undefined],
    ['index + 1', 'ITEM_OUTSIDE_FOREACH', undefined],
    ['last_failed_step.id', 'LAST_FAILED_OUTSIDE_ERRORS', undefined],
    ['secrets', 'SECRET_NAME', 'write secrets.NAME'],
    ['secrets[inputs.token]', 'SECRET_NAME', 'write secrets.NAME'],
    ['secrets["A-B"]', 'SECRET_NAME', 'letters, digits and "_", as in the name of a variable'],
    ['secrets.TOKEN.user', 'UNKNOWN_PROPERTY', 'for a secret that holds JSON: (secrets.TOKEN|fromJson).user'],
    ['memory', 'NOT_SUPPORTED_YET', undefined],
    ['args.x', 'UNKNOWN_NAME', undefined],
  ])('%s is %s', (expression, code, hint) => {
    const source = `name: w\ninputs: { token: { type: string } }\nenv: { HOME: "\${{ inputs.token }}" }\nsteps:\n  - { id: build, run: x }\n  - id: a\n    run: echo \${{ ${expression} }}\nerrors:\n  - { id: oops, run: x }\nfinally:\n  - { id: last, run: x }\n`;
    const problem = onlyProblem(source);
    expect(problem).toMatchObject({ code, path: 'steps[1].run', severity: 'error' });
    expect(expression.startsWith(problem.text)).toBe(true);
    if (hint !== undefined) expect(problem.hint).toBe(hint);
  });

  test('a result name that only the kind can know is a warning', () => {
    const source = 'name: w\nsteps:\n  - { id: a, run: x }\n  - { id: b, run: "${{ steps.a.checksum }}" }\n';
    expect(problems(source)).toEqual(['~UNKNOWN_PROPERTY 4:24 steps[1].run']);
    expect(problems(source.replace('checksum', 'stderr'))).toEqual([]);
  });

  test.each([
    ['foreach: steps.b.output', 'run: "${{ item }} ${{ index }}"'],
    ['strategy: { matrix: { os: [a] } }', 'run: "${{ item.os }}"'],
    ['foreach: steps.b.output', 'run: x', 'if: item != 1'],
    ['foreach: steps.b.output', 'run: x', 'compensate: { run: "${{ item }}" }'],
    ['run: x', 'transform: output.a + stdout + whatever'],
    ['run: x', 'retry: { count: 1, on: error.code }'],
    ['type: wait', 'event: e', 'match: data.x == event.id && custom'],
    ['run: "${{ env.A }} ${{ env.B }}"', 'env: { A: "${{ env.B }}" }'],
  ])('%j is in scope', (...lines) => {
    expect(problems(`${withStep(...lines)}  - { id: b, run: x }\nenv: { B: 1 }\n`)).toEqual([]);
  });

  test.each([
    ['UNKNOWN_NAME', 'transform: ouput.a'],
    ['UNKNOWN_NAME', 'retry: { count: 1, on: output }'],
    ['SELF_REFERENCE', 'transform: steps.a.output'],
    ['ITEM_OUTSIDE_FOREACH', 'foreach: item'],
    ['ITEM_OUTSIDE_FOREACH', 'if: item'],
    ['UNKNOWN_ENV', 'env: { A: "${{ env.A }}" }'],
    ['UNKNOWN_ENV', 'env: { A: 1 }', 'if: env.A'],
  ])('%s: %j', (code, ...lines) => {
    expect(onlyProblem(withStep('run: x', ...lines)).code).toBe(code);
  });

  test('errors and finally read the main steps and last_failed_step', () => {
    const source =
      'name: w\nsteps:\n  - { id: a, run: x }\nerrors:\n  - { id: e, run: "${{ last_failed_step.id }} ${{ steps.a.error }}" }\nfinally:\n  - { id: f, run: "${{ last_failed_step }} ${{ steps.a.status }}" }\n';
    expect(problems(source)).toEqual([]);
  });

  test('finally cannot read the steps of errors', () => {
    const source =
      'name: w\nsteps:\n  - { id: a, run: x }\nerrors:\n  - { id: e, run: x }\nfinally:\n  - { id: f, run: "${{ steps.e.status }}" }\n';
    expect(onlyProblem(source)).toMatchObject({
      code: 'UNREACHABLE_REFERENCE',
      message: '"e" is a step of "errors", which a step of "finally" cannot read',
    });
  });

  test('the workflow’s env and concurrency are evaluated before any step', () => {
    const step = 'steps:\n  - { id: a, run: x }\n';
    expect(problems(`name: w\nenv: { A: "\${{ steps.a.output }}" }\n${step}`)).toEqual([
      'UNREACHABLE_REFERENCE 2:16 env.A',
    ]);
    expect(problems(`name: w\nenv: { A: 1, B: "\${{ env.A }}" }\n${step}`)).toEqual([
      'UNREACHABLE_REFERENCE 2:22 env.B',
    ]);
    expect(problems(`name: w\nconcurrency: "\${{ steps.a.output }}"\n${step}`)).toEqual([
      'UNREACHABLE_REFERENCE 2:19 concurrency',
    ]);
  });

  test('outputs read the main steps only', () => {
    const source =
      'name: w\noutputs: { a: "${{ steps.a.output }}", b: "${{ steps.f.output }}", c: "${{ item }}" }\nsteps:\n  - { id: a, run: x }\nfinally:\n  - { id: f, run: x }\n';
    expect(problems(source)).toEqual([
      'UNREACHABLE_REFERENCE 2:48 outputs.b',
      'ITEM_OUTSIDE_FOREACH 2:76 outputs.c',
    ]);
  });

  test('a secret among the outputs is a warning', () => {
    const source =
      'name: w\ninputs: { token: { type: string, secret: true } }\noutputs: { t: "${{ inputs.token }}" }\nsteps:\n  - { id: a, run: x }\n';
    expect(problems(source)).toEqual(['~SECRET_IN_OUTPUTS 3:20 outputs.t']);
  });

  test('a step read by a computed name is a warning, unless the step has needs or runs after all others', () => {
    const source = (more: string): string =>
      `name: w\nsteps:\n  - { id: a, run: x }\n  - { id: b, run: "\${{ steps[run.name].output }}"${more} }\nfinally:\n  - { id: f, run: "\${{ steps|json }}" }\n`;
    expect(problems(source(''))).toEqual(['~UNNAMED_STEP 4:24 steps[1].run']);
    expect(problems(source(', needs: a'))).toEqual([]);
  });

  test('$${{ is a literal and names nothing', () => {
    expect(problems(withStep('run: echo $${{ nothing.here }}'))).toEqual([]);
  });
});

describe('expression syntax', () => {
  test('an error is shown at its exact place, in whatever style the text is written', () => {
    const place = (run: string): string => onlyProblem(`name: w\nsteps:\n  - id: a\n    run: ${run}\n`).text;
    for (const run of [
      '${{ 1 + }}',
      '"\\u0041 ${{ 1 === 2 }}"',
      "'it''s ${{ 1 === 2 }}'",
      '|\n      one\n        two ${{ 1 === 2 }}',
      '>\n      one\n      two\n      ${{ 1 === 2 }}',
    ]) {
      expect(place(run)).toMatch(run.includes('===') ? /^=/ : /^[}+ ]/);
    }
  });

  test.each([
    ['items.join(",")', /join/],
    ['1 === 1', /==/],
    ['JSON.stringify(run)', /json/],
  ])('the JavaScript habit %s gets a hint', (expression, hint) => {
    const { diagnostics: _, ...problem } = {
      diagnostics: 0,
      ...onlyProblem(withStep('run: x', `if: '${expression}'`)),
    };
    expect(problem.hint).toMatch(hint);
    expect(problem.path).toBe('steps[0].if');
  });

  test('an unclosed expression is refused', () => {
    expect(onlyProblem(withStep('run: echo ${{ run.id')).code).toBe('EXPRESSION_UNCLOSED');
  });

  test('fields that are always expressions are parsed without the braces', () => {
    expect(onlyProblem(withStep('run: x', 'if: 1 +')).path).toBe('steps[0].if');
    expect(onlyProblem(withStep('type: wait', 'event: e', 'match: data ==')).path).toBe('steps[0].match');
    expect(onlyProblem(withStep('run: x', 'retry: { count: 1, on: "(" }')).path).toBe('steps[0].retry.on');
  });
});
