import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Document, Scalar } from 'yaml';
import { readSource } from '../../../compiler/read/read.ts';
import { sourceOffset } from '../../../compiler/read/scalar-offset.ts';
import { child, type SourceScalar } from '../../../compiler/read/source-doc.ts';

function scalarOf(source: string): SourceScalar {
  const node = child(readSource(source).doc?.root, 'a');
  if (node?.type !== 'scalar') throw new Error('no scalar');
  return node;
}

/** The source text from the place of `needle` in the value. */
function textAt(source: string, needle: string): string {
  const scalar = scalarOf(source);
  const start = sourceOffset(source, scalar, String(scalar.value).indexOf(needle));
  return source.slice(start, start + needle.length);
}

describe('a place in a value is found in the text', () => {
  test.each([
    ['plain', 'a: one two three\n'],
    ['plain over lines', 'a: one\n  two\n\n  three\n'],
    ['single quotes', "a: 'it''s one ''two'' three'\n"],
    ['double quotes', 'a: "\\"one\\" \\t\\u00e9\\x41\\U0001F600 two three"\n'],
    ['double quotes over lines', 'a: "one \\\n   two\n\n   three"\n'],
    ['literal block', 'a: |\n  one\n    two\n\n  three\n'],
    ['literal block with indent and chomping', 'a: |2-\n    one\n  two\n  three\n\n\n'],
    ['folded block', 'a: >\n  one\n  two\n\n    more\n  three\n'],
    ['Windows line ends', 'a: |\r\n  one\r\n  two\r\n  three\r\n'],
    ['comment after the header', 'a: | # three\n  one\n  two three\n'],
  ])('%s', (_, source) => {
    expect(textAt(source, 'three')).toBe('three');
    expect(source.indexOf('three', source.indexOf('two'))).toBe(
      sourceOffset(source, scalarOf(source), String(scalarOf(source).value).indexOf('three')),
    );
  });

  test('every visible character of any text, in every style, is where the map says', () => {
    const words = fc.array(
      fc.constantFrom('a', 'b ', '  c', '"', "'", '\\', '\n', 'é', '😀', '${{ x }}', '- ', ': y', '#', '\t'),
      { minLength: 1, maxLength: 20 },
    );
    const styles = fc.constantFrom<Scalar.Type>(
      'PLAIN',
      'QUOTE_SINGLE',
      'QUOTE_DOUBLE',
      'BLOCK_LITERAL',
      'BLOCK_FOLDED',
    );
    fc.assert(
      fc.property(words, styles, fc.constantFrom(20, 80), (parts, style, lineWidth) => {
        const scalar = new Scalar(parts.join(''));
        scalar.type = style;
        const source = new Document({ a: scalar }).toString({ lineWidth });
        const node = scalarOf(source);
        // The library's writer folds some texts differently from how its reader unfolds them; the reader counts.
        const value = String(node.value);
        for (let i = 0; i < value.length; i++) {
          const char = value.charAt(i);
          if (!/[a-zA-Zé${}x]/.test(char)) continue;
          expect(source.charAt(sourceOffset(source, node, i))).toBe(char);
        }
        const inside = sourceOffset(source, node, value.length);
        expect(inside).toBeGreaterThanOrEqual(node.span.start);
        expect(inside).toBeLessThanOrEqual(node.span.end);
      }),
      { numRuns: 500 },
    );
  });
});
