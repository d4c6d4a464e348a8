/** The automaton behind `matches` and `glob`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern } from '../../../compiler/expr/pattern/match.ts';
import { errorIn, value } from './scope.ts';

const free = { spend: () => undefined };

/** Patterns of the supported kind over a small alphabet. */
const patterns = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'p' },
    fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\s',
      '\\.',
      '\\-',
      '😀',
      '[a-c😀]',
      '\\n',
      '\\x41',
      '\\u0061',
      '-',
      '/',
      ']',
    ),
    fc.constantFrom('^', '$', '\\b', '\\B', '', 'a|', '(?:)'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}|${b}`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?', '+?', '{1,2}?'))
      .map(([a, q]) => `(?:${a})${q}`),
    tie('pattern').map((a) => `(${a})`),
  ),
}));
const texts = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'A', '1', '.', '-', ' ', '\n', '😀', '/', ']'),
  maxLength: 8,
});

describe('matches', () => {
  test('agrees with the regular expressions of JavaScript', () => {
    fc.assert(
      fc.property(
        patterns.pattern,
        texts,
        fc.constantFrom('', 'i', 'm', 's', 'ims'),
        (pattern, text, flags) => {
          // V8 finds \B between the halves of a character, where no pattern should look.
          fc.pre(!(pattern.includes('\\B') && text.includes('😀')));
          // A lone ] is an ordinary character here, as it is in JavaScript without the u flag.
          const native = new RegExp(
            pattern.replace(/(?<!\[[^\]]*)\]/g, '\\]').replaceAll('\\-', '-'),
            `u${flags}`,
          );
          expect(matchesPattern(text, pattern, flags, free)).toBe(native.test(text));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test.each([
    ['v1.2.3', '^v\\d+(\\.\\d+){2}$', '', true],
    ['v1.2', '^v\\d+(\\.\\d+){2}$', '', false],
    ['feature/x', '^(main|feature/.+)$', '', true],
    ['Größe', '^\\p{L}+$', '', true],
    ['a\nb', 'a.b', '', false],
    ['a\nb', 'a.b', 's', true],
    ['a\nb', '^b$', 'm', true],
    ['straße', 'STRAẞE', 'i', true],
    ['2026-01-01', '(?<year>\\d{4})-\\d\\d', '', true],
    ['', '', '', true],
    ['', '^$', '', true],
  ])('%j matches %j with flags %j: %j', (text, pattern, flags, expected) => {
    expect(value('text|matches(pattern, flags)', { text, pattern, flags })).toBe(expected);
  });

  test.each([
    ['(?=a)', 'look-ahead'],
    ['(?<!a)b', 'look-ahead'],
    ['(a)\\1', 'back references'],
    ['(?<n>a)\\k<n>', 'back references'],
    ['a**', 'two repetitions'],
    ['*a', 'nothing to repeat'],
    ['^*', 'nothing to repeat'],
    ['(a', 'never closed'],
    ['[a', 'never closed'],
    ['[b-a]', 'stands for no character'],
    ['\\p{Nope}', 'stands for no character'],
    ['a)', 'closes nothing'],
    ['\\', 'ends with a backslash'],
    ['\\q', 'no meaning'],
    ['a{3,1}', 'counts downwards'],
    ['(a{100}){100}', 'too large'],
    ['a'.repeat(1001), 'longer than'],
    ['('.repeat(60) + ')'.repeat(60), 'nested deeper'],
  ])('%j is refused', (pattern, reason) => {
    expect(errorIn('text|matches(pattern)', { text: 'a', pattern })).toMatchObject({
      code: 'EXPRESSION_VALUE',
    });
    expect(errorIn('text|matches(pattern)', { text: 'a', pattern }).message).toContain(reason);
  });

  test('unknown flags are refused', () => {
    expect(errorIn("'a'|matches('a', 'g')").message).toContain('flags');
    expect(errorIn("'a'|matches('a', 'ii')").message).toContain('flags');
  });
});

describe('glob', () => {
  test.each([
    ['*.ts', 'a.ts', true],
    ['*.ts', 'src/a.ts', false],
    ['**/*.ts', 'a.ts', true],
    ['**/*.ts', 'src/cli/a.ts', true],
    ['src/**', 'src/cli/a.ts', true],
    ['src/**', 'src', false],
    ['src/**/a.ts', 'src/a.ts', true],
    ['src/**/a.ts', 'src/x/y/a.ts', true],
    ['src/**/a.ts', 'srcx/a.ts', false],
    ['?.ts', 'ab.ts', false],
    ['[ab].ts', 'b.ts', true],
    ['[!ab].ts', 'b.ts', false],
    ['[!ab]c', '/c', false],
    ['*.{ts,tsx}', 'a.tsx', true],
    ['{src,test}/*.{ts,md}', 'test/a.md', true],
    ['a.{b,{c,d}}', 'a.d', true],
    ['a,b', 'a,b', true],
    ['a}b', 'a}b', true],
    ['\\*.ts', '*.ts', true],
    ['\\*.ts', 'a.ts', false],
    ['a+(b).ts', 'a+(b).ts', true],
    ['a[b', 'a[b', true],
    ['*', '.hidden', true],
    ['größe-*', 'größe-1', true],
    ['', '', true],
  ])('%j on %j: %j', (pattern, path, expected) => {
    expect(value('[path]|glob(pattern)', { path, pattern })).toEqual(expected ? [path] : []);
  });

  test('takes an array, or text with a path on each line', () => {
    expect(value(String.raw`'a.ts\nb.md\n\nc.ts\n'|glob('*.ts')`)).toEqual(['a.ts', 'c.ts']);
    expect(errorIn("{a: 1}|glob('*')")).toMatchObject({ code: 'EXPRESSION_TYPE' });
    expect(errorIn("['a']|glob('{a')").message).toContain('never closed');
  });

  test('never throws anything unexpected, for any pattern', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            '*',
            '?',
            '[',
            ']',
            '!',
            '^',
            '{',
            '}',
            ',',
            '/',
            '\\',
            'a',
            '-',
            '.',
            '|',
            '(',
          ),
        }),
        texts,
        (pattern, path) => {
          try {
            expect(value('[path]|glob(pattern)', { path, pattern })).toBeInstanceOf(Array);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ExpressionError', code: 'EXPRESSION_VALUE' });
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
