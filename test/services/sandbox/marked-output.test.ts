/** Telling the result of a process from what it prints. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarkedOutput } from '../../../src/services/sandbox/marked-output.ts';

const MARK = '\0mark\0';

function split(text: string, cuts: readonly number[]): { passed: string; found: string | undefined } {
  let passed = '';
  const output = new MarkedOutput(MARK, (chunk) => {
    passed += chunk.toString('latin1');
  });
  const bytes = Buffer.from(text, 'latin1');
  const at = [0, ...[...cuts].sort((a, b) => a - b).map((cut) => cut % (bytes.length + 1)), bytes.length];
  at.sort((a, b) => a - b);
  for (const [index, from] of at.entries()) output.push(bytes.subarray(from, at[index + 1] ?? from));
  return { found: output.end(), passed };
}

it('finds what is between the marks wherever the pieces end, and passes on all else', () => {
  const printed = fc.stringMatching(/^[\0mark]{0,12}$/).filter((text) => !text.includes(MARK));
  fc.assert(
    fc.property(printed, printed, fc.array(fc.nat(60), { maxLength: 8 }), (before, after, cuts) => {
      const text = `${before}${MARK}{"result":1}${MARK}${after}`;
      fc.pre(text.indexOf(MARK) === before.length);
      expect(split(text, cuts)).toEqual({ found: '{"result":1}', passed: before + after });
    }),
  );
});

it('passes on everything when there is no mark', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\0mark]{0,20}$/),
      fc.array(fc.nat(30), { maxLength: 8 }),
      (text, cuts) => {
        fc.pre(!text.includes(MARK));
        expect(split(text, cuts)).toEqual({ found: undefined, passed: text });
      },
    ),
  );
});
