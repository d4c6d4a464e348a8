/** Placing hunks: at the one place where they can be meant, wherever it has moved, or nowhere. */
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../src/kernel/failure.ts';
import type { FilePatch } from '../../../src/services/files/patch/hunk.ts';
import { parsePatch } from '../../../src/services/files/patch/parse-patch.ts';
import { type PatchedText, patchText } from '../../../src/services/files/patch/patch-text.ts';

const only = (patch: string): FilePatch => {
  const [file, second] = parsePatch(patch);
  if (file === undefined || second !== undefined) throw new Error('the patch is for one file');
  return file;
};

function apply(text: string, patch: string, options = { exactLines: false }): PatchedText & { text: string } {
  const result = patchText(Buffer.from(text), only(patch), options);
  return { ...result, text: result.content.toString('utf8') };
}

function failure(text: string, patch: string, options = { exactLines: false }): StepFailure {
  try {
    const { text: result } = apply(text, patch, options);
    throw new Error(`it was applied: ${result}`);
  } catch (error) {
    expect(error).toBeInstanceOf(StepFailure);
    return error as StepFailure;
  }
}

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');
const diffOf = (before: string, after: string, context = 3): string =>
  createTwoFilesPatch('a/f', 'b/f', before, after, undefined, undefined, { context });
const block = (search: string, replace: string): string =>
  `<<<<<<< SEARCH\n${search}=======\n${replace}>>>>>>> REPLACE\n`;

describe('a unified diff', () => {
  const before = numbered(1, 40);
  const after = before.replace('line 10\n', 'LINE 10\n').replace('line 30\n', 'line 30\nline 30½\n');
  const patch = diffOf(before, after);

  it('is applied at the lines it names', () => {
    expect(apply(before, patch)).toMatchObject({ text: after, alreadyApplied: false, offsets: [0, 0] });
  });

  it('is applied where its lines have moved, each hunk by itself', () => {
    const moved = `new\nnew\n${before.replace('line 20\n', '')}`;
    const wanted = `new\nnew\n${after.replace('line 20\n', '')}`;
    expect(apply(moved, patch)).toMatchObject({ text: wanted, offsets: [2, 1] });
  });

  it('that was applied already is recognised, moved or not', () => {
    expect(apply(after, patch)).toMatchObject({ text: after, alreadyApplied: true });
    expect(apply(`new\n${after}`, patch)).toMatchObject({ text: `new\n${after}`, alreadyApplied: true });
  });

  it('of which one hunk does not fit names it, what it expected, what is there, and where', () => {
    const other = before.replace('line 29\n', 'line 29 changed\n');
    const refused = failure(other, patch);
    expect(refused).toMatchObject({ code: 'PATCH_FAILED', retryable: false });
    expect(refused.message).toBe(
      'hunk 2 (@@ -28,6 +28,7 @@) does not fit anywhere; nearest is line 28, but line 29 is "line 29 changed", not "line 29"',
    );
    expect(refused.details).toMatchObject({ hunk: 2, header: '@@ -28,6 +28,7 @@', nearest: 28, line: 29 });
  });

  it('says when only white space differs, and when the text ends too early', () => {
    expect(failure(before.replace('line 29\n', 'line  29\n'), patch).message).toContain(
      'line 29 is "line  29", not "line 29" (only white space differs)',
    );
    expect(failure(numbered(1, 31), patch).message).toContain('is beyond the end of the file');
    expect(failure('nothing\nalike\n', patch).message).toContain('the file has none of its lines');
  });

  it('says that a hunk seems to be applied when the others are not', () => {
    const half = before.replace('line 10\n', 'LINE 10\n');
    expect(failure(half, patch).message).toContain('its result is at line 7: was it applied already?');
  });
});

describe('a hunk that fits in several places', () => {
  const cell = 'begin\nvalue = 1\nend\n';
  const twice = `${cell}middle\n${cell}`;
  const patch = '@@ -5,3 +5,3 @@\n begin\n-value = 1\n+value = 2\n end\n';

  it('is refused, and the places are named', () => {
    const refused = failure(twice, patch);
    expect(refused).toMatchObject({ code: 'PATCH_AMBIGUOUS', details: { lines: [1, 5] } });
    expect(refused.message).toBe(
      'hunk 1 (@@ -5,3 +5,3 @@) fits at lines 1, 5; give it more lines of context, or write "exactLines: true" if the file is just the one the diff was made from',
    );
  });

  it('is applied at the lines it names when somebody vouches for them', () => {
    const wanted = `${cell}middle\nbegin\nvalue = 2\nend\n`;
    expect(apply(twice, patch, { exactLines: true })).toMatchObject({ text: wanted, offsets: [0] });
    expect(apply(wanted, patch, { exactLines: true })).toMatchObject({ alreadyApplied: true });
    expect(failure(`new\n${twice}`, patch, { exactLines: true }).code).toBe('PATCH_FAILED');
  });

  it('is applied there, too, when git’s hash proves the file to be the one it was made from', () => {
    const headed = (hash: string): string => `diff --git a/f b/f\nindex ${hash}..7654321 100644\n${patch}`;
    // As `git hash-object` says.
    expect(apply(twice, headed('df9881e')).text).toBe(`${cell}middle\nbegin\nvalue = 2\nend\n`);
    expect(apply(twice.replaceAll('\n', '\r\n'), headed('df9881e')).offsets).toEqual([0]);
    expect(failure(twice, headed('1234567')).code).toBe('PATCH_AMBIGUOUS');
  });

  it('has its place when another hunk leaves it only one', () => {
    const lines = `${cell}unique\n${cell}`;
    const both = '@@ -4,1 +4,1 @@\n-unique\n+UNIQUE\n@@ -6,1 +6,1 @@\n-value = 1\n+value = 2\n';
    expect(apply(lines, both).text).toBe(`${cell}UNIQUE\nbegin\nvalue = 2\nend\n`);
  });

  it('is no less ambiguous because one of the places is where it says', () => {
    // The same file may be the one the diff was made from, or another that has grown by just that much.
    expect(failure(`${cell}${twice}`, patch).code).toBe('PATCH_AMBIGUOUS');
  });
});

describe('line endings', () => {
  const patch = '@@ -1,3 +1,4 @@\n one\n-two\n+2\n+2½\n three\n';

  it('of the file are kept, whichever the patch has', () => {
    const windows = 'one\r\ntwo\r\nthree\r\n';
    expect(apply(windows, patch).text).toBe('one\r\n2\r\n2½\r\nthree\r\n');
    expect(apply('one\ntwo\nthree\n', patch.replaceAll('\n', '\r\n')).text).toBe('one\n2\n2½\nthree\n');
    expect(apply('one\r\n2\r\n2½\r\nthree\r\n', patch).alreadyApplied).toBe(true);
  });

  it('of a file that has both are those of the line before', () => {
    expect(apply('one\r\ntwo\r\nthree\n', patch).text).toBe('one\r\n2\r\n2½\r\nthree\n');
  });

  it('are what changes when the patch says so', () => {
    const toUnix = '@@ -1,2 +1,2 @@\n-one\r\n-two\r\n+one\n+two\n';
    expect(apply('one\r\ntwo\r\n', toUnix).text).toBe('one\ntwo\n');
    expect(apply('one\ntwo\n', toUnix)).toMatchObject({ text: 'one\ntwo\n', alreadyApplied: true });
  });

  it('at the end of the text are kept when the patch says nothing of them', () => {
    expect(apply('one\ntwo\nthree', patch).text).toBe('one\n2\n2½\nthree');
    const last = '@@ -2,2 +2,3 @@\n two\n-three\n+3\n+4\n';
    expect(apply('one\ntwo\nthree', last).text).toBe('one\ntwo\n3\n4');
    expect(apply('one\r\ntwo\r\nthree', last).text).toBe('one\r\ntwo\r\n3\r\n4');
  });

  it('at the end of the text change when the patch says so', () => {
    const marker = '\\ No newline at end of file';
    const adds = `@@ -1,2 +1,2 @@\n one\n-two\n${marker}\n+two\n`;
    const removes = `@@ -1,2 +1,2 @@\n one\n-two\n+two\n${marker}\n`;
    expect(apply('one\ntwo', adds).text).toBe('one\ntwo\n');
    expect(apply('one\ntwo\n', removes).text).toBe('one\ntwo');
    expect(apply('one\ntwo', removes).alreadyApplied).toBe(true);
    expect(failure('one\ntwo\n', adds.replace('+two', '+2')).code).toBe('PATCH_FAILED');
  });
});

describe('what is already applied', () => {
  it('is a line added at the end or the beginning, though its context is still there', () => {
    const atEnd = '@@ -1,2 +1,3 @@\n one\n two\n+three\n';
    expect(apply('one\ntwo\n', atEnd).text).toBe('one\ntwo\nthree\n');
    expect(apply('one\ntwo\nthree\n', atEnd).alreadyApplied).toBe(true);
    const atStart = '@@ -1,2 +1,3 @@\n+zero\n one\n two\n';
    expect(apply('one\ntwo\n', atStart).text).toBe('zero\none\ntwo\n');
    expect(apply('zero\none\ntwo\n', atStart).alreadyApplied).toBe(true);
  });

  it('is not a line to be removed at the end or the beginning', () => {
    expect(apply('zero\none\ntwo\n', '@@ -1,3 +1,2 @@\n-zero\n one\n two\n').text).toBe('one\ntwo\n');
    expect(apply('one\ntwo\nthree\n', '@@ -1,3 +1,2 @@\n one\n two\n-three\n').text).toBe('one\ntwo\n');
  });

  it('is refused when it cannot be told', () => {
    const repeated = '@@ -1,4 +1,5 @@\n y\n y\n+y\n y\n k\n';
    expect(failure('y\ny\ny\ny\nk\n', repeated).code).toBe('PATCH_AMBIGUOUS');
    const half = '@@ -1,2 +1,3 @@\n one\n two\n+three\n@@ -9 +10 @@\n-nine\n+9\n';
    expect(failure('one\ntwo\nthree\nnine\n', half).message).toContain('seems to be applied already');
  });

  it('is found by git’s hash where lines alone would not tell', () => {
    const repeated = '@@ -1,4 +1,5 @@\n y\n y\n+y\n y\n k\n';
    const patch = `diff --git a/f b/f\nindex 0024f53..ef02930 100644\n${repeated}`;
    expect(apply('y\ny\ny\nk\n', patch).text).toBe('y\ny\ny\ny\nk\n');
    expect(apply('y\ny\ny\ny\nk\n', patch).alreadyApplied).toBe(true);
  });
});

describe('SEARCH/REPLACE blocks', () => {
  it('replace whole lines wherever they are, in any order', () => {
    const patch = block('three\n', '3\n') + block('one\n', '1\n1½\n');
    expect(apply('one\ntwo\nthree\n', patch).text).toBe('1\n1½\ntwo\n3\n');
    expect(apply('1\n1½\ntwo\n3\n', patch).alreadyApplied).toBe(true);
  });

  it('are refused when they fit nowhere, in several places, or on one another', () => {
    expect(failure('one\none\n', block('one\n', '1\n'))).toMatchObject({
      code: 'PATCH_AMBIGUOUS',
      message: 'block 1 fits at lines 1, 2; search for more lines',
    });
    expect(failure('  one\n', block('one\n', '1\n')).message).toContain('only white space differs');
    expect(failure('one\ntwo\n', block('one\ntwo\n', '1\n') + block('two\n', '2\n')).code).toBe(
      'PATCH_FAILED',
    );
    expect(failure('tw\n', block('t\n', 'T\n')).code).toBe('PATCH_FAILED');
  });

  it('that hold what they search for are applied once', () => {
    const patch = block('one\n', 'zero\none\nmore\n');
    const { text } = apply('one\ntwo\n', patch);
    expect(text).toBe('zero\none\nmore\ntwo\n');
    expect(apply(text, patch)).toMatchObject({ text, alreadyApplied: true });
  });

  it('may remove lines, and keep endings', () => {
    expect(apply('one\r\ntwo\r\nthree', block('two\nthree\n', '')).text).toBe('one');
    expect(apply('one\r\ntwo\r\nthree', block('three\n', 'x\ny\n')).text).toBe('one\r\ntwo\r\nx\r\ny');
  });
});

/** Lines of which many are the same, as in real texts, so that hunks often fit in several places. */
const commonLine = fc.constantFrom('', '}', '  a', '  b', 'c');
const texts = fc
  .tuple(fc.array(commonLine, { maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => (lines.length === 0 ? '' : lines.join('\n') + (ends ? '\n' : '')));
const edited = texts.chain((before) =>
  fc.record({ before: fc.constant(before), after: editsOf(before), context: fc.integer({ min: 1, max: 3 }) }),
);

function editsOf(before: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(30),
    remove: fc.nat(2),
    add: fc.array(commonLine, { maxLength: 2 }),
  });
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
    const lines = before.split('\n');
    for (const { at, remove, add } of edits) lines.splice(at, remove, ...add);
    return lines.join('\n');
  });
}

const CODES = ['PATCH_FAILED', 'PATCH_AMBIGUOUS'];

describe('random edits', () => {
  it('come out exactly when the diff is applied to its own base, by lines that are vouched for', () => {
    let [total, refused] = [0, 0];
    fc.assert(
      fc.property(edited, ({ before, after, context }) => {
        fc.pre(before !== after && before !== '');
        const patch = diffOf(before, after, context);
        const result = attempt(before, patch, { exactLines: true });
        total++;
        // Only where the result is there, too, at the lines it should be: among repeated lines.
        if (result === undefined) refused++;
        else expect(result).toBe(after);
      }),
      { numRuns: 1000 },
    );
    expect(refused / total).toBeLessThan(0.05);
  });

  it('come out exactly, or the diff is refused, when nobody vouches', () => {
    let applied = 0;
    fc.assert(
      fc.property(edited, ({ before, after, context }) => {
        fc.pre(before !== after && before !== '');
        const patch = diffOf(before, after, context);
        const result = attempt(before, patch);
        if (result === undefined) return;
        applied++;
        expect(result).toBe(after);
      }),
      { numRuns: 1500 },
    );
    expect(applied).toBeGreaterThan(100);
  });

  const drift = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 5 })), { maxLength: 4 });

  it('come out exactly on lines that are all different, however far these have moved', () => {
    fc.assert(
      fc.property(edited, drift, ({ before, after, context }, moves) => {
        fc.pre(before !== after && before !== '');
        const unique = uniquely(before, after);
        const patch = diffOf(unique.before, unique.after, context);
        const result = attempt(drifted(unique.before, patch, moves), patch);
        expect(withoutNew(result ?? 'refused')).toBe(unique.after);
      }),
      { numRuns: 500 },
    );
  });

  it('never come out elsewhere, on lines of which many are the same and that have moved', () => {
    let applied = 0;
    fc.assert(
      fc.property(edited, drift, ({ before, after, context }, moves) => {
        fc.pre(before !== after && before !== '');
        const patch = diffOf(before, after, context);
        const moved = drifted(before, patch, moves);
        const result = attempt(moved, patch);
        if (result === undefined || moved === before) return;
        applied++;
        expect(withoutNew(result)).toBe(after);
      }),
      { numRuns: 2000 },
    );
    expect(applied).toBeGreaterThan(100);
  });

  it('are applied once, however often it is tried', () => {
    fc.assert(
      fc.property(edited, ({ before, after, context }) => {
        fc.pre(before !== after && before !== '');
        const patch = diffOf(before, after, context);
        const once = attempt(before, patch);
        if (once === undefined) return;
        const again = attempt(once, patch);
        if (again !== undefined) expect(again).toBe(once);
      }),
      { numRuns: 1500 },
    );
  });

  it('never touch a line that is not in a hunk, whatever the text has become', () => {
    fc.assert(
      fc.property(edited, texts, ({ before, after, context }, other) => {
        fc.pre(before !== after && before !== '');
        const patch = diffOf(before, after, context);
        const { hunks } = only(patch);
        const result = attempt(other, patch);
        if (result === undefined) return;
        const grown = hunks
          .flatMap(({ lines }) => lines)
          .reduce((sum, { op }) => sum + (op === 'add' ? 1 : op === 'remove' ? -1 : 0), 0);
        const count = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
        const isSame = result === other;
        if (!isSame && other !== '' && result !== '') expect(count(result) - count(other)).toBe(grown);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The text after it, or undefined when the patch was refused. */
function attempt(text: string, patch: string, options?: { exactLines: boolean }): string | undefined {
  try {
    return apply(text, patch, options).text;
  } catch (error) {
    if (error instanceof StepFailure && CODES.includes(error.code)) return undefined;
    throw error;
  }
}

/** The same edit of lines that all differ. */
function uniquely(before: string, after: string): { before: string; after: string } {
  const number = (text: string, name: string): string =>
    text
      .split('\n')
      .map((line, index, all) => (index === all.length - 1 && line === '' ? '' : `${name}${index} ${line}`))
      .join('\n');
  const named = number(before, 'old');
  const lines = named.split('\n');
  const kept = new Map(before.split('\n').map((line, index) => [`${index}:${line}`, lines[index] ?? '']));
  const result = after
    .split('\n')
    .map((line, index, all) =>
      index === all.length - 1 && line === '' ? '' : (kept.get(`${index}:${line}`) ?? `made${index} ${line}`),
    );
  return { before: named, after: result.join('\n') };
}

/** Puts lines nobody has seen into a text, not into what a hunk of the patch replaces and not behind the last one. */
function drifted(text: string, patch: string, moves: readonly (readonly [number, number])[]): string {
  const lines = text.split('\n');
  const touched = only(patch).hunks.map(({ at, lines: inHunk }) => {
    const from = (at?.old ?? 1) - 1;
    return { from, to: from + inHunk.filter(({ op }) => op !== 'add').length };
  });
  const last = touched.at(-1)?.from ?? 0;
  for (const [at, count] of [...moves].sort((a, b) => b[0] - a[0])) {
    if (at > last || touched.some(({ from, to }) => at > from && at < to)) continue;
    lines.splice(at, 0, ...Array.from({ length: count }, (_, index) => `new ${at} ${index}`));
  }
  return lines.join('\n');
}

const withoutNew = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('new '))
    .join('\n');
