import { describe, expect, test } from 'vitest';
import { onlyProblem, problems, withStep } from './problems.ts';

describe('fields of a step', () => {
  test.each([
    [['run: x', 'tiemout: 5m'], 'UNKNOWN_FIELD 5:5 steps[0].tiemout', 'did you mean "timeout"?'],
    [['run: x', 'prase: json'], 'UNKNOWN_FIELD 5:5 steps[0].prase', 'did you mean "parse"?'],
    [['run: x', 'retry: { cout: 3 }'], 'UNKNOWN_FIELD 5:14 steps[0].retry.cout', 'did you mean "count"?'],
    [
      ['run: x', 'strategy: { matrxi: { os: [a] } }'],
      'UNKNOWN_FIELD 5:17 steps[0].strategy.matrxi',
      'did you mean "matrix"?',
    ],
    [
      ['type: join', 'needs: a', 'conditon: all'],
      'UNKNOWN_FIELD 6:5 steps[0].conditon',
      'did you mean "condition"?',
    ],
    [
      ['type: file', 'op: read', 'path: p', 'options: { forse: true }'],
      'UNKNOWN_FIELD 7:16 steps[0].options.forse',
      'did you mean "force"?',
    ],
    [['run: x', 'parse: jsno'], 'NOT_ALLOWED_VALUE 5:12 steps[0].parse', 'did you mean "json"?'],
    [['type: file', 'op: wirte', 'path: p'], 'NOT_ALLOWED_VALUE 5:9 steps[0].op', 'did you mean "write"?'],
  ])('%j is %s', (lines, expected, hint) => {
    const source = withStep(...lines);
    expect(problems(source)).toContain(expected);
    expect(problems(source).filter((each) => !each.includes('SELF_NEED'))).toEqual([expected]);
    if (lines[0] !== 'type: join') expect(onlyProblem(source).hint).toBe(hint);
  });

  test.each([
    ['timeout: soon', 'BAD_DURATION'],
    ['timeout: -5', 'BAD_DURATION'],
    ['timeout: -5s', 'BAD_DURATION'],
    ['timeout: P1M', 'BAD_DURATION'],
    ['timeout: true', 'WRONG_TYPE'],
    ['timeout: [1s]', 'WRONG_TYPE'],
    ['totalTimeout: "${{ run.id }}"', 'TEMPLATE_NOT_ALLOWED'],
    ['onTimeout: stop', 'NOT_ALLOWED_VALUE'],
    ['onTimeout: partial', 'NOT_ALLOWED_VALUE'],
    ['retry: 3', 'WRONG_TYPE'],
    ['retry: {}', 'MISSING_FIELD'],
    ['retry: { count: -1 }', 'OUT_OF_RANGE'],
    ['retry: { count: 1001 }', 'OUT_OF_RANGE'],
    ['retry: { count: "${{ 1 }}" }', 'TEMPLATE_NOT_ALLOWED'],
    ['retry: { count: 1, backoff: linaer }', 'NOT_ALLOWED_VALUE'],
    ['retry: { count: 1, baseDelay: 1 sec }', 'BAD_DURATION'],
    ['retry: { count: 1, jitter: maybe }', 'WRONG_TYPE'],
    ['retry: { count: 1, on: [a] }', 'WRONG_TYPE'],
    ['allowFailure: sometimes', 'WRONG_TYPE'],
    ['if: ""', 'WRONG_TYPE'],
    ['if: 1', 'WRONG_TYPE'],
    ['if: [a]', 'WRONG_TYPE'],
    ['foreach: 3', 'WRONG_TYPE'],
    ['priority: high', 'WRONG_TYPE'],
    ['needs: { a: 1 }', 'WRONG_TYPE'],
    ['needs: [1]', 'WRONG_TYPE'],
    ['name: [a]', 'WRONG_TYPE'],
    ['type: [shell]', 'WRONG_TYPE'],
    ['pool: ""', 'OUT_OF_RANGE'],
    ['transform: ""', 'WRONG_TYPE'],
    ['outputSchema: text', 'WRONG_TYPE'],
    ['compensate: text', 'WRONG_TYPE'],
    ['env: { 1A: x }', 'BAD_FORMAT'],
    ['dir: 5', 'WRONG_TYPE'],
    ['grace: long', 'BAD_DURATION'],
  ])('%s is %s', (line, code) => {
    expect(onlyProblem(withStep('run: x', line)).code).toBe(code);
  });

  test.each(['250ms', '10s', '5m', '2h', '3d', 'PT15M', '1.5h', '1000', '0'])('%s is a duration', (text) => {
    expect(problems(withStep('run: x', `timeout: ${text}`))).toEqual([]);
  });

  test('an expression may stand for a value of any type in a kind’s own field, but not where it must be known before', () => {
    const source =
      'name: w\ninputs: { n: { type: integer } }\nsteps:\n  - id: a\n    type: file\n    op: ${{ inputs.n }}\n    path: p\n    mode: ${{ inputs.n }}\n    options: ${{ inputs.n }}\n    timeout: ${{ inputs.n }}\n    concurrency: ${{ inputs.n }}\n    foreach: inputs.n\n';
    expect(problems(source)).toEqual([]);
    expect(problems(withStep('type: ${{ inputs.n }}'))).toContain('TEMPLATE_NOT_ALLOWED 4:11 steps[0].type');
  });

  test('a required field of the kind is missed at the step', () => {
    expect(problems(withStep('type: file', 'op: read'))).toEqual(['MISSING_FIELD 3:5 steps[0]']);
  });

  test('a misspelt required field is reported once', () => {
    expect(problems(withStep('type: file', 'op: read', 'paht: p'))).toEqual([
      'UNKNOWN_FIELD 6:5 steps[0].paht',
    ]);
  });

  test('one of several fields is needed, and only one', () => {
    expect(onlyProblem(withStep('type: shell'))).toMatchObject({
      code: 'MISSING_FIELD',
      message: 'a shell step needs "run" or "args"',
    });
    expect(onlyProblem(withStep('run: x', 'args: [a]'))).toMatchObject({
      code: 'CONFLICTING_FIELDS',
      text: 'args',
    });
  });

  test('keys of free maps are the author’s', () => {
    expect(
      problems(withStep('type: file', 'op: read', 'path: p', 'headers: { x-any: a, Thing: b }')),
    ).toEqual([]);
    expect(problems(withStep('type: file', 'op: read', 'path: p', 'headers: { a: 1 }'))).toEqual([
      'WRONG_TYPE 7:19 steps[0].headers.a',
    ]);
  });

  test.each(['auto_heal: {}', 'reflexion: {}', 'learn: true', 'outputRetries: 2', 'repairStrategy: reask'])(
    '%s is known but not run yet',
    (line) => {
      expect(problems(withStep('run: x', line))).toEqual([
        `NOT_SUPPORTED_YET 5:5 steps[0].${line.split(':')[0]}`,
      ]);
    },
  );
  test('a breakpoint has its place in the main steps only', () => {
    expect(problems(withStep('run: x', 'breakpoint: true'))).toEqual([]);
    const inFinally =
      'name: t\nsteps: [{ id: a, run: x }]\nfinally:\n  - id: f\n    run: x\n    breakpoint: true\n';
    expect(problems(inFinally)).toEqual(['BAD_FIELD 6:5 finally[0].breakpoint']);
  });

  describe('of a kind whose schema needs the JSON Schema library', () => {
    test.each([
      [['to: nobody'], ['BAD_VALUE 5:9 steps[0].to']],
      [['to: a@b.c', 'parts: { count: 3 }'], ['BAD_VALUE 6:21 steps[0].parts.count']],
      [['to: a@b.c', 'parts: { text: 5 }'], ['WRONG_TYPE 6:20 steps[0].parts.text']],
      [['to: a@b.c', 'parts: { txet: a }'], ['UNKNOWN_FIELD 6:14 steps[0].parts.txet']],
      [['to: a@b.c', 'parts: {}'], ['BAD_VALUE 6:12 steps[0].parts']],
      [['parts: { count: 2 }'], ['MISSING_FIELD 3:5 steps[0]']],
      [['to: a@b.c', 'parts: { count: "${{ 1 }}", x-note: 1 }'], []],
      [['to: "${{ 1 }}"'], []],
    ])('%j gives %j', (lines, expected) => {
      expect(problems(withStep('type: mail', ...lines))).toEqual(expected);
    });
  });
});
