/** What is a patch and what is none: refused with the line, never guessed. */
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../src/kernel/failure.ts';
import type { FilePatch } from '../../../src/services/files/patch/hunk.ts';
import { parsePatch } from '../../../src/services/files/patch/parse-patch.ts';
import { isFor, nameBelow } from '../../../src/services/files/patch/patch-names.ts';

function problem(patch: string): { code: string; message: string } {
  try {
    return { code: 'none', message: JSON.stringify(parsePatch(patch)) };
  } catch (error) {
    expect(error).toBeInstanceOf(StepFailure);
    return error as StepFailure;
  }
}

const first = (patch: string): FilePatch => parsePatch(patch)[0] as FilePatch;
const hunk = '@@ -1,2 +1,2 @@\n one\n-two\n+2\n';

describe('a unified diff', () => {
  it('may come with prose, names, times and the headers of git', () => {
    const patch = `From 1234 Mon Sep 17 00:00:00 2001
Subject: [PATCH] two
 file | 2 +-

diff --git a/src/file.txt b/src/file.txt
index 1234567..89abcde 100644
--- a/src/file.txt\t2024-01-01
+++ b/src/file.txt
${hunk}-- 
2.39.0
`;
    expect(parsePatch(patch)).toMatchObject([
      {
        line: 5,
        names: ['a/src/file.txt', 'b/src/file.txt'],
        change: 'modify',
        hashes: { old: '1234567', new: '89abcde' },
        hunks: [{ number: 1, line: 9, at: { old: 1, new: 1 } }],
      },
    ]);
  });

  it('may need no header, and have lost the space of an empty line or empty lines at its end', () => {
    expect(first(hunk).names).toEqual([]);
    const { hunks } = first('@@ -1,3 +1,3 @@\n-one\n+1\n\n');
    expect(hunks[0]?.lines.map(({ op, text }) => `${op} ${text}`)).toEqual([
      'remove one',
      'add 1',
      'keep ',
      'keep ',
    ]);
  });

  it('makes and deletes files, and makes them executable', () => {
    const made =
      'diff --git a/x b/x\nnew file mode 100755\nindex 0000000..1234567\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n';
    expect(first(made)).toMatchObject({ change: 'create', executable: true, names: ['b/x'] });
    expect(first('--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n')).toMatchObject({ change: 'delete' });
    expect(first('diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n')).toMatchObject({
      change: 'create',
      hunks: [],
    });
    expect(first('diff --git a/x b/x\nold mode 100755\nnew mode 100644\n')).toMatchObject({
      change: 'modify',
      executable: false,
    });
  });

  it.each([
    [
      'a hunk that is cut off',
      '@@ -1,3 +1,3 @@\n one\n-two\n+2\n@@ -9 +9 @@\n-9\n+nine\n',
      'line 5 of the patch: hunk 1 (@@ -1,3 +1,3 @@) is shorter than its header says (3 old and 3 new lines)',
    ],
    [
      'a hunk that ends in the middle of a change',
      '@@ -1,3 +1,2 @@\n one\n-two\n',
      'line 3 of the patch: hunk 1 (@@ -1,3 +1,2 @@) is shorter than its header says (3 old and 2 new lines)',
    ],
    [
      'a hunk with more lines than counted',
      `${hunk}+3\n`,
      'line 5 of the patch: hunk 1 (@@ -1,2 +1,2 @@) is longer than its header says (2 old and 2 new lines)',
    ],
    [
      'a hunk whose kinds of lines are miscounted',
      '@@ -1,1 +1,2 @@\n one\n-two\n+2\n',
      'line 3 of the patch: hunk 1 (@@ -1,1 +1,2 @@) is longer than its header says (1 old and 2 new lines)',
    ],
    [
      'a hunk without line numbers',
      '--- a/x\n+++ b/x\n@@ function f() @@\n-a\n+b\n',
      'line 3 of the patch: "@@ function f() @@" must give line numbers, as in "@@ -1,3 +1,4 @@"; SEARCH/REPLACE blocks need none',
    ],
    [
      'a hunk that changes nothing',
      '@@ -1 +1 @@\n one\n',
      'line 1 of the patch: hunk 1 (@@ -1 +1 @@) changes nothing',
    ],
    ['headers without hunks', '--- a/x\n+++ b/x\n', 'line 1 of the patch: no hunk follows for a/x'],
    [
      'a file that comes from nowhere and goes nowhere',
      '--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n',
      'line 1 of the patch: both of its files are /dev/null',
    ],
    [
      'lines after the end of the text',
      '@@ -1,2 +1,2 @@\n-one\n\\ No newline at end of file\n-two\n+1\n+2\n',
      'line 1 of the patch: hunk 1 (@@ -1,2 +1,2 @@) goes on after "\\ No newline at end of file"',
    ],
    [
      'a new file with old lines',
      '--- /dev/null\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n',
      'line 3 of the patch: a new file has one hunk of added lines only',
    ],
    [
      'no patch at all',
      'hello\n',
      'line 1 of the patch: this is neither a unified diff ("@@ -1,3 +1,4 @@" …) nor SEARCH/REPLACE blocks ("<<<<<<< SEARCH" …)',
    ],
  ])('is refused when it is %s', (_, patch, message) => {
    expect(problem(patch)).toMatchObject({ code: 'PATCH_INVALID', message });
  });

  it.each([
    [
      'a rename',
      'diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n',
      'renamed or copied',
    ],
    [
      'a binary file',
      'diff --git a/x b/x\nindex 1234567..89abcde 100644\nGIT binary patch\n',
      'a binary file',
    ],
    ['a link', 'diff --git a/x b/x\nnew file mode 120000\n', 'a symbolic link'],
    ['a merge', '--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n', 'combined diff of a merge'],
  ])('is refused as not supported when it is of %s', (_, patch, part) => {
    const refused = problem(patch);
    expect(refused).toMatchObject({ code: 'PATCH_UNSUPPORTED' });
    expect(refused.message).toContain(part);
  });
});

describe('SEARCH/REPLACE blocks', () => {
  const block = '<<<<<<< SEARCH\none\n=======\n1\n>>>>>>> REPLACE\n';

  it('may come with prose, fences and names of files', () => {
    const text = `Here it is.\n\nsrc/x.ts\n\`\`\`ts\n${block}\`\`\`\n\`src/y.ts\`:\n${block}${block}`;
    expect(parsePatch(text).map(({ names, hunks }) => [names, hunks.length])).toEqual([
      [['src/x.ts'], 1],
      [['src/y.ts'], 2],
    ]);
  });

  it('make a new file with nothing to search for', () => {
    expect(first('<<<<<<< SEARCH\n=======\none\n>>>>>>> REPLACE\n').change).toBe('create');
    expect(problem(`<<<<<<< SEARCH\n=======\none\n>>>>>>> REPLACE\n${block}`).message).toContain(
      'line 1 of the patch: a block with an empty SEARCH makes a new file and must be the only one',
    );
  });

  it.each([
    ['without a divider', '<<<<<<< SEARCH\none\n>>>>>>> REPLACE\n', 'line 3'],
    ['without an end', '<<<<<<< SEARCH\none\n=======\n1\n', 'line 3 of the patch: the block ends without'],
    ['with two dividers', '<<<<<<< SEARCH\none\n=======\n1\n=======\n2\n>>>>>>> REPLACE\n', 'line 5'],
    ['that end without a beginning', `${block}=======\n`, 'line 6 of the patch: "=======" without'],
    ['of which both halves are the same', block.replace('\n1\n', '\none\n'), 'block 1 changes nothing'],
  ])('%s are refused', (_, patch, part) => {
    const refused = problem(patch);
    expect(refused).toMatchObject({ code: 'PATCH_INVALID' });
    expect(refused.message).toContain(part);
  });
});

describe('names in headers', () => {
  const patchOf = (old: string, next: string): FilePatch => first(`--- ${old}\n+++ ${next}\n${hunk}`);

  it('mean the file a step names, wherever the diff was made', () => {
    for (const [old, next] of [
      ['a/src/x.ts', 'b/src/x.ts'],
      ['a/packages/app/src/x.ts', 'b/packages/app/src/x.ts'],
      ['x.ts.orig', 'x.ts'],
      ['./src/x.ts', './src/x.ts'],
    ])
      expect(isFor(patchOf(old ?? '', next ?? ''), ['src/x.ts']), old).toBe(true);
    expect(isFor(patchOf('a/src/x.ts', 'b/src/x.ts'), ['./x.ts'])).toBe(true);
    expect(isFor(patchOf('a/lib/x.ts', 'b/lib/x.ts'), ['src/x.ts'])).toBe(false);
    expect(isFor(patchOf('a/src/y.ts', 'b/src/y.ts'), ['src/x.ts'])).toBe(false);
  });

  it('are read as git quotes them', () => {
    expect(patchOf('"a/gr\\303\\274n\\t\\".txt"', '"b/gr\\303\\274n\\t\\".txt"').names).toEqual([
      'a/grün\t".txt',
      'b/grün\t".txt',
    ]);
  });

  it('lose git’s a/ and b/ below a folder, and nothing else', () => {
    expect(nameBelow(patchOf('a/src/x.ts', 'b/src/x.ts'))).toBe('src/x.ts');
    expect(nameBelow(patchOf('src/x.ts.orig', 'src/x.ts'))).toBe('src/x.ts');
    expect(nameBelow(patchOf('a/x.ts', 'a/x.ts'))).toBe('a/x.ts');
    expect(nameBelow(first('--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+one\n'))).toBe('new.ts');
    expect(nameBelow(first(hunk))).toBeUndefined();
  });
});
