import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { hashPlan } from '../../../compiler/lower/hash.ts';
import { formatDiagnostic } from '../../../compiler/read/locate.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const sources = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));

const PIECES = [
  '',
  ' ',
  '\n',
  '-',
  ':',
  '[',
  ']',
  '{}',
  '"',
  "'",
  '${{ ',
  ' }}',
  'steps.',
  'null',
  '~',
  '5',
  'true',
  '&a ',
  '*a',
  '|',
  '#',
  'needs: [a]',
  'é',
  '😀',
];

test('examples with random damage give a plan or diagnostics within the text, never an exception', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.tuple(fc.nat(5_000), fc.nat(12), fc.constantFrom(...PIECES)), {
        minLength: 1,
        maxLength: 3,
      }),
      (original, damages) => {
        const source = damages.reduce((text, [at, length, piece]) => {
          const start = at % text.length;
          return text.slice(0, start) + piece + text.slice(start + length);
        }, original);
        const compiled = compile(source, { catalog: builtinCatalog });
        for (const each of compiled.diagnostics) {
          expect(each.span.start).toBeGreaterThanOrEqual(0);
          expect(each.span.end).toBeGreaterThanOrEqual(each.span.start);
          expect(each.span.end).toBeLessThanOrEqual(source.length + 1);
          expect(each.message).not.toMatch(/undefined|\[object|NaN/);
          expect(formatDiagnostic(each, source, 'f')).toContain(each.code);
        }
        if (!compiled.ok) {
          refused++;
          expect(compiled.diagnostics.some((each) => each.severity === 'error')).toBe(true);
        } else {
          expect(hashPlan(JSON.parse(JSON.stringify(compiled.plan)))).toBe(compiled.planHash);
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(100);
});
