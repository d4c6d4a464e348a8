/** Finding `${{ }}` in text and putting values back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Segment, splitTemplate } from '../../../compiler/expr/template.ts';
import { errorOf, options, render, scope } from './scope.ts';

const expression = (source: string, start: number): Segment => ({ kind: 'expression', source, start });
const text = (content: string): Segment => ({ kind: 'text', text: content });

describe('splitTemplate', () => {
  test.each<[string, Segment[]]>([
    ['plain', [text('plain')]],
    ['', []],
    ['a ${{ b }} c', [text('a '), expression(' b ', 5), text(' c')]],
    ['${{a}}${{b}}', [expression('a', 3), expression('b', 9)]],
    ["${{ '}}' }}", [expression(" '}}' ", 3)]],
    ['${{ "it\'s }}" }}', [expression(' "it\'s }}" ', 3)]],
    ["${{ 'it\\'s }}' }}", [expression(" 'it\\'s }}' ", 3)]],
    ["${{ '\\\\' }}x", [expression(" '\\\\' ", 3), text('x')]],
    ['${{ {a: {b: 1}} }}', [expression(' {a: {b: 1}} ', 3)]],
    ['${{ {a: {b: 1}}}}', [expression(' {a: {b: 1}}', 3)]],
    ['${{{a: 1}}}', [expression('{a: 1}', 3)]],
    ['$${{ a }}', [text('${{ a }}')]],
    ['x $${{ a }} ${{ b }}', [text('x ${{ a }} '), expression(' b ', 15)]],
    ['$$${{', [text('$${{')]],
    ['a }} b { c', [text('a }} b { c')]],
    ['${ a } $(b) {{ c }}', [text('${ a } $(b) {{ c }}')]],
    ['${{ a\n  + b }}\n', [expression(' a\n  + b ', 3), text('\n')]],
  ])('splits %j', (source, segments) => {
    expect(splitTemplate(source)).toEqual(segments);
  });

  test('an expression without end is refused at its opening', () => {
    const error = errorOf(() => splitTemplate("echo ${{ inputs.name }\nit's"));
    expect(error).toMatchObject({
      code: 'EXPRESSION_UNCLOSED',
      offset: 5,
      expression: "echo ${{ inputs.name }\nit's",
    });
    expect(error.hint).toContain('}}');
  });

  test('quoted text without end is refused at its quote', () => {
    expect(errorOf(() => splitTemplate("echo ${{ 'a }} b"))).toMatchObject({
      code: 'EXPRESSION_UNCLOSED',
      offset: 9,
    });
  });

  test('any text is split into segments that make it up again', () => {
    const piece = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', ' ', '{', '}', '$', '"', '\n', 'é') }),
      fc.constantFrom('${{ a }}', '${{ "}}" }}', "${{ {x: {y: 'z'}} }}", '$${{', '}}'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const source = pieces.join('');
        let segments: readonly Segment[];
        try {
          segments = splitTemplate(source);
        } catch (error) {
          expect(error).toMatchObject({ code: 'EXPRESSION_UNCLOSED' });
          return;
        }
        const again = segments.map((segment) =>
          segment.kind === 'text' ? segment.text.replaceAll('${{', () => '$${{') : `\${{${segment.source}}}`,
        );
        expect(again.join('')).toBe(source);
        for (const segment of segments) {
          if (segment.kind === 'expression')
            expect(source.startsWith(`${segment.source}}}`, segment.start)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('evaluate', () => {
  test('a string that is exactly one expression keeps the type of its value', () => {
    expect(
      render({ a: '${{ inputs.count }}', b: ['${{ inputs.tags }}', '${{ inputs.flag }}'], c: '${{ null }}' }),
    ).toEqual({
      a: 3,
      b: [['a', 'b c'], true],
      c: null,
    });
  });

  test('values in text are text, null is nothing, arrays and objects are JSON', () => {
    const source =
      '${{ inputs.name }}|${{ inputs.count }}|${{ inputs.nothing }}|${{ inputs.tags }}|${{ {a: true} }}';
    expect(render(source)).toBe('key stone|3||["a","b c"]|{"a":true}');
  });

  test('numbers, booleans, null and keys are left alone', () => {
    expect(render({ '${{ a }}': 1, b: [true, null] })).toEqual({ '${{ a }}': 1, b: [true, null] });
  });

  test('what an expression gives is never evaluated again', () => {
    const hostile = { output: '${{ secrets.token }}', secrets: { token: 'x' } };
    expect(render('a ${{ output }}', hostile)).toBe('a ${{ secrets.token }}');
    expect(render('${{ output }}', hostile)).toBe('${{ secrets.token }}');
  });

  test('the escape gives the characters themselves', () => {
    expect(render('$${{ inputs.name }}')).toBe('${{ inputs.name }}');
  });

  test('errors carry the offset in the whole string', () => {
    const source = 'echo ${{ inputs.name }} ${{ steps.skipped.output.url }}';
    const error = errorOf(() => render({ run: source }));
    expect(error).toMatchObject({
      code: 'EXPRESSION_NULL',
      expression: source,
      offset: source.indexOf('url'),
    });
    const syntax = errorOf(() => render('x ${{ a === b }}'));
    expect(syntax).toMatchObject({ code: 'EXPRESSION_SYNTAX', offset: 8, hint: 'use `==`' });
  });

  test('a key named __proto__ stays a key', () => {
    const result = render(JSON.parse('{"__proto__": "${{ inputs.count }}"}'));
    expect(JSON.stringify(result)).toBe('{"__proto__":3}');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  test('the result shares nothing with the scope', () => {
    const result = render('${{ steps.build.output.files }}');
    expect(Array.isArray(result)).toBe(true);
    if (Array.isArray(result)) result.length = 0;
    expect(render('${{ steps.build.output.files|length }}')).toBe(2);
  });
});

describe('quoted fields', () => {
  const quoted = { ...options, quote: (word: string) => `<${word}>` };
  test.each([
    ['echo ${{ inputs.name }}', 'echo <key stone>'],
    ['echo ${{ inputs.tags }}', 'echo <a> <b c>'],
    ['echo ${{ [] }}!', 'echo !'],
    ['echo ${{ [[1], {a: 1}] }}', 'echo <[1]> <{"a":1}>'],
    ['echo ${{ {a: 1} }}', 'echo <{"a":1}>'],
    ['echo ${{ null }}', 'echo <>'],
    ['echo ${{ inputs.name|raw }}', 'echo key stone'],
    ['echo ${{ raw(inputs.name) }}', 'echo key stone'],
    ['echo ${{ inputs.name|escape }}', 'echo <key stone>'],
    ['echo ${{ inputs.name|raw|upper }}', 'echo <KEY STONE>'],
    ['echo ${{ inputs.flag ? (inputs.name|raw) : inputs.name }}', 'echo key stone'],
    ['echo ${{ !inputs.flag ? (inputs.name|raw) : inputs.name }}', 'echo <key stone>'],
    ['echo ${{ (inputs.nothing|raw) || inputs.name }}', 'echo <key stone>'],
    ['${{ inputs.name }}', '<key stone>'],
    ['${{ inputs.name|raw }}', 'key stone'],
    ['no expression', 'no expression'],
  ])('%s → %s', (source, result) => {
    expect(render(source, scope, quoted)).toBe(result);
  });

  test('without quoting, escape quotes for POSIX shells', () => {
    expect(render(`\${{ "it's; $HOME"|escape }}`)).toBe(`'it'\\''s; $HOME'`);
  });
});
