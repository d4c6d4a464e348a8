/** Text: case, trimming, taking apart, testing, quoting. */
import { isRecord } from '../access.ts';
import { Refusal } from '../expression-error.ts';
import { contains } from '../operators.ts';
import { matchesPattern } from '../pattern/match.ts';
import { checkTextLength, textOf } from '../text.ts';
import { defineTransform, type Transform, takeText, wrongType } from './define.ts';

export const stringTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'escape(value)',
    summary:
      'Quotes for the shell: one word for text, one word per element for an array. Happens by itself in `run`.',
    examples: [
      [`"it's"|escape`, `'it'\\''s'`],
      [`['a', 'b c']|escape`, `'a' 'b c'`],
    ],
    apply: ([value], { options }) => quotedWords(value, options.quote ?? quoteForShell),
  }),
  defineTransform({
    signature: 'raw(value)',
    summary: 'Puts a value into a quoted field (`run`) as it is. Only for text you trust.',
    examples: [[`'a b'|raw`, 'a b']],
    apply: ([value]) => value,
  }),
  defineTransform({
    signature: 'trim(text)',
    summary: 'Without white space at both ends.',
    examples: [[`'  a b '|trim`, 'a b']],
    apply: ([text]) => takeText(text).trim(),
  }),
  defineTransform({
    signature: 'lower(text)',
    summary: 'In lower case.',
    examples: [[`'Main'|lower`, 'main']],
    apply: ([text]) => takeText(text).toLowerCase(),
  }),
  defineTransform({
    signature: 'upper(text)',
    summary: 'In upper case.',
    examples: [[`'Main'|upper`, 'MAIN']],
    apply: ([text]) => takeText(text).toUpperCase(),
  }),
  defineTransform({
    signature: 'lines(text)',
    summary: 'Array of lines, without their ends; a line end at the very end adds no empty line.',
    examples: [
      [String.raw`'a\nb\n'|lines`, ['a', 'b']],
      [`''|lines`, []],
    ],
    apply: ([text], call) => {
      const whole = takeText(text);
      const body = whole.replace(/\r?\n$/, '');
      const lines = whole === '' ? [] : body.split(/\r?\n/);
      call.spend(lines.length);
      return lines;
    },
  }),
  defineTransform({
    signature: 'split(text, [separator])',
    summary: 'Array of the parts between separators; without one, of the words between white space.',
    examples: [
      [`'a,b'|split(',')`, ['a', 'b']],
      [`' a  b '|split`, ['a', 'b']],
    ],
    apply: ([text, separator], call) => {
      const whole = takeText(text);
      call.spend(separator === '' ? whole.length : 1);
      const parts =
        separator === undefined
          ? whole.split(/\s+/).filter((word) => word !== '')
          : splitBy(whole, takeText(separator, 'the separator'));
      call.spend(parts.length);
      return parts;
    },
  }),
  defineTransform({
    signature: 'replace(text, search, replacement)',
    summary: 'With every occurrence of the plain text `search` replaced. Patterns are not supported.',
    examples: [[`'a.b.c'|replace('.', '/')`, 'a/b/c']],
    apply: ([text, search, replacement]) =>
      replaceAll(
        takeText(text),
        takeText(search, 'the text to search'),
        takeText(replacement, 'the replacement'),
      ),
  }),
  defineTransform({
    signature: 'matches(text, pattern, [flags])',
    summary:
      'Whether the pattern occurs in the text (`^…$` for the whole). Regular expressions without look-around and back references; flags `i`, `m`, `s`. Takes linear time.',
    examples: [
      [String.raw`'v1.20'|matches('^v\d+\.\d+$')`, true],
      [`'Main'|matches('main', 'i')`, true],
    ],
    apply: ([text, pattern, flags], call) =>
      matchesPattern(
        takeText(text),
        takeText(pattern, 'the pattern'),
        takeText(flags ?? '', 'the flags'),
        call,
      ),
  }),
  defineTransform({
    signature: 'startsWith(text, start)',
    summary: 'Whether the text begins so; case counts.',
    examples: [[`'refs/heads/main'|startsWith('refs/')`, true]],
    apply: ([text, start]) => takeText(text).startsWith(takeText(start, 'the start')),
  }),
  defineTransform({
    signature: 'endsWith(text, end)',
    summary: 'Whether the text ends so; case counts.',
    examples: [[`'a.md'|endsWith('.md')`, true]],
    apply: ([text, end]) => takeText(text).endsWith(takeText(end, 'the end')),
  }),
  defineTransform({
    signature: 'contains(value, part)',
    summary:
      'Whether a string holds the text, an array an equal element, an object the key. `part in value` is the same.',
    examples: [
      [`'keystone'|contains('stone')`, true],
      [`[1, 2]|contains('2')`, true],
      [`{a: 1}|contains('b')`, false],
    ],
    apply: ([value, part], call) => contains(value, part, call),
  }),
  defineTransform({
    signature: 'string(value)',
    summary: 'As text: null is empty, arrays and objects are JSON.',
    examples: [
      ['12|string', '12'],
      ['null|string', ''],
      ['[1, 2]|string', '[1,2]'],
    ],
    apply: ([value]) => textOf(value),
  }),
];

/** Each element of an array as a word of its own; objects as JSON. */
export function quotedWords(value: unknown, quote: (text: string) => string): string {
  return Array.isArray(value) ? value.map((item) => quote(textOf(item))).join(' ') : quote(textOf(value));
}

/** For POSIX shells: nothing is special between single quotes. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function splitBy(text: string, separator: string): string[] {
  return separator === '' ? [...text] : text.split(separator);
}

function replaceAll(text: string, search: string, replacement: string): string {
  if (search === '') throw new Refusal('EXPRESSION_VALUE', 'the text to search is empty');
  const occurrences = text.split(search).length - 1;
  checkTextLength(text.length + occurrences * (replacement.length - search.length));
  return text.replaceAll(search, () => replacement);
}

/** Characters as people count them, for `length`, `slice`, `first` and `last`. */
export function charactersOf(text: string): string[] {
  return [...text];
}

/** Length of a string in characters, of an array in elements, of an object in keys. */
export function lengthOf(value: unknown): number {
  if (typeof value === 'string') return hasNoSurrogates(value) ? value.length : charactersOf(value).length;
  if (Array.isArray(value)) return value.length;
  if (isRecord(value)) return Object.keys(value).length;
  throw wrongType('the value', 'a string, an array or an object', value);
}

function hasNoSurrogates(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text);
}
