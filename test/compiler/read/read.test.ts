import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_SOURCE_LENGTH, readSource } from '../../../compiler/read/read.ts';
import { toJson } from '../../../compiler/read/source-doc.ts';
import { cpuMs } from '../../cpu-time.ts';
import { planOf, problems } from '../check/problems.ts';

const GOOD_STEPS = 'steps:\n  - id: a\n    run: x\n';
const jsonOf = (source: string): unknown => {
  const { doc, diagnostics } = readSource(source);
  expect(diagnostics).toEqual([]);
  return doc === undefined ? undefined : toJson(doc.root);
};

describe('what YAML itself can have wrong', () => {
  test.each([
    ['', 'EMPTY_FILE 1:1'],
    ['# only a comment\n', 'EMPTY_FILE 1:1'],
    ['---\n', 'EMPTY_FILE 1:1'],
    ['~\n', 'NOT_A_MAP 1:1'],
    ['- a\n', 'NOT_A_MAP 1:1'],
    ['just text\n', 'NOT_A_MAP 1:1'],
    ['name: a: b\n', 'YAML_SYNTAX 1:7'],
    ['name: "open\n', 'YAML_SYNTAX 2:1'],
    ['name: {a: 1,, b: 2}\n', 'YAML_SYNTAX 1:13'],
    ['name: w\nsteps:\n\t- id: a\n', 'YAML_TAB 3:1'],
    [`name: w\n${GOOD_STEPS}---\nname: v\n`, 'YAML_MULTIPLE_DOCUMENTS 5:1'],
    [`name: w\nname: v\n${GOOD_STEPS}`, 'DUPLICATE_KEY 2:1 name'],
    [`name: w\nx-a: *nothing\n${GOOD_STEPS}`, 'YAML_ALIAS 2:6 x-a'],
    [`name: w\nx-a: &a [1, *a]\n${GOOD_STEPS}`, 'YAML_ALIAS 2:13 x-a[1]'],
    [`name: w\n__proto__: 1\n${GOOD_STEPS}`, 'YAML_KEY 2:1'],
    [`name: w\n? [a, b]\n: 1\n${GOOD_STEPS}`, 'YAML_KEY 2:3'],
    [`name: w\nx-a: !!binary aGk=\n${GOOD_STEPS}`, 'YAML_TAG 2:15 x-a'],
    [`name: w\nx-a: !env HOME\n${GOOD_STEPS}`, 'YAML_TAG 2:11 x-a'],
    [`name: w\nx-a: .inf\n${GOOD_STEPS}`, 'YAML_VALUE 2:6 x-a'],
    [`name: w\nx-a: {<<: 5}\n${GOOD_STEPS}`, 'YAML_MERGE 2:11 x-a'],
  ])('%j is %s', (source, expected) => {
    expect(problems(source)).toEqual([expected]);
  });

  test('all syntax errors of a file are reported, up to twenty', () => {
    const found = problems(`name: w\n${'x: {a: 1,, b: 2}\n'.repeat(30)}`);
    expect(found).toHaveLength(20);
    expect(new Set(found.map((each) => each.split(' ')[0]))).toEqual(new Set(['YAML_SYNTAX']));
  });

  test('a file larger than the limit is refused without being parsed', () => {
    const source = `name: w\nx-a: ${'a'.repeat(10_000_000)}\n`;
    expect(cpuMs(() => expect(problems(source)).toEqual(['SOURCE_TOO_LARGE 1:1']))).toBeLessThan(1_000);
    expect(MAX_SOURCE_LENGTH).toBeLessThan(10_000_000);
  });

  test.each([
    ['lists, opened and closed', '['.repeat(5_000) + ']'.repeat(5_000), 'YAML_TOO_DEEP'],
    ['lists, only opened', '['.repeat(5_000), 'YAML_TOO_DEEP'],
    ['maps', '{a: '.repeat(5_000), 'YAML_TOO_DEEP'],
    ['block lists', `\n${'- '.repeat(5_000)}`, 'YAML_TOO_DEEP'],
  ])('5,000 levels of nesting are refused and do not overflow the stack: %s', (_, nested, code) => {
    expect(problems(`name: w\nsteps: ${nested}`).map((each) => each.split(' ')[0])).toContain(code);
  });

  test('nesting up to 200 levels works all the way to the plan, and not one more', () => {
    const nested = (levels: number): string =>
      `name: w\n${GOOD_STEPS}outputs: { a: ${'['.repeat(levels)}x${']'.repeat(levels)} }\n`;
    expect(problems(nested(198))).toEqual([]);
    expect(problems(nested(199))).toEqual(['YAML_TOO_DEEP 1:1']);
  });

  test('nesting by aliases counts too', () => {
    const levels = Array.from({ length: 5_000 }, (_, i) => `x-${i + 1}: &l${i + 1} [*l${i}]\n`).join('');
    expect(
      problems(`name: w\nx-0: &l0 [a]\n${levels}${GOOD_STEPS}`).map((each) => each.split(' ')[0]),
    ).toEqual(['YAML_TOO_DEEP']);
  });

  test('an alias bomb is refused in linear time', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `x-${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]\n`,
    );
    const source = `name: w\nx-0: &l0 boom\n${levels.join('')}${GOOD_STEPS}`;
    const refuse = () =>
      expect(problems(source).map((each) => each.split(' ')[0])).toEqual(['YAML_TOO_MANY_VALUES']);
    expect(cpuMs(refuse)).toBeLessThan(2_000);
  });

  test('no text makes the compiler throw', () => {
    const bits = [
      'name: w\n',
      'steps:\n',
      '  - ',
      'id: a',
      '\n',
      ' ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '<<: ',
      '"',
      "'",
      '|\n',
      '>',
      '\t',
      '${{ ',
      ' }}',
      ': ',
      '? ',
      '---',
      '!!str ',
      '\uFEFF',
      '\r',
      '%',
      '#',
      '\u0000',
      '__proto__',
      'run: ',
      'needs: ',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 4 })), { maxLength: 30 }),
        (parts) => {
          for (const each of problems(parts.join(''))) expect(each).toMatch(/^~?[A-Z_]+ \d+:\d+/);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('what YAML offers and works', () => {
  test('a byte order mark is skipped and does not move columns', () => {
    expect(problems(`\uFEFFname: W\n${GOOD_STEPS}`)).toEqual(['BAD_FORMAT 1:7 name']);
  });

  test('anchors, aliases and merge keys give plain values, own keys winning over merged ones', () => {
    const source =
      'base: &base { a: 1, b: 2 }\nother: &other { b: 3, c: 4 }\none: { <<: *base, b: 5 }\ntwo: { <<: [*base, *other] }\nthree: *base\n';
    expect(jsonOf(source)).toMatchObject({
      one: { a: 1, b: 5 },
      two: { a: 1, b: 2, c: 4 },
      three: { a: 1, b: 2 },
    });
  });

  test('a redefined anchor means its latest definition', () => {
    expect(jsonOf('a: &x 1\nb: *x\nc: &x 2\nd: *x\n')).toEqual({ a: 1, b: 1, c: 2, d: 2 });
  });

  test('keys that are numbers or booleans are their text', () => {
    expect(jsonOf('1: a\n1.10: b\ntrue: c\n')).toEqual({ '1': 'a', '1.10': 'b', true: 'c' });
  });

  test('YAML 1.2 words stay text', () => {
    expect(jsonOf('on: yes\noff: no\n')).toEqual({ on: 'yes', off: 'no' });
  });

  test('steps share fields by anchors', () => {
    const source =
      'name: w\nx-retry: &retry { count: 2 }\nx-base: &base { timeout: 1s, retry: *retry }\nsteps:\n  - { id: a, run: x, <<: *base }\n  - { id: b, run: x, <<: *base, timeout: 2s }\n';
    const [a, b] = planOf(source).blocks.steps;
    expect([a?.timeoutMs, a?.retry?.count, b?.timeoutMs]).toEqual([1_000, 2, 2_000]);
  });

  test('a problem in a merged field is shown where the field is written', () => {
    expect(
      problems('name: w\nx-base: &base { timeout: soon }\nsteps:\n  - { id: a, run: x, <<: *base }\n'),
    ).toEqual(['BAD_DURATION 2:26 steps[0].timeout']);
  });

  test('Windows line ends count as one line each', () => {
    expect(problems('name: w\r\nsteps:\r\n  - id: a\r\n    run: x\r\n    nmae: y\r\n')).toEqual([
      'UNKNOWN_FIELD 5:5 steps[0].nmae',
    ]);
  });
});
