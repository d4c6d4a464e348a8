/** `op: patch` on real files, with diffs of real tools. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { file } from '../../src/steps/file/index.ts';
import { type FileFields, runFile } from '../../src/steps/file/run.ts';
import { type TestContext, testContext } from './context.ts';

type Patch = Omit<FileFields, 'op'>;

async function patch(fields: Patch, ctx: TestContext): Promise<JsonObject> {
  return (await runFile({ op: 'patch', ...fields }, ctx)).output as JsonObject;
}

async function failureOf(fields: Patch, ctx: TestContext): Promise<StepFailure> {
  const before = snapshot(ctx.cwd);
  const error = await patch(fields, ctx).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StepFailure);
  expect(snapshot(ctx.cwd), 'nothing is written').toEqual(before);
  return error as StepFailure;
}

/** Every file below a folder, with its content and permissions. */
function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, `${statSync(path).mode.toString(8)} ${readFileSync(path, 'latin1')}`];
    }),
  );
}

function write(ctx: TestContext, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(ctx.cwd, path)), { recursive: true });
    writeFileSync(join(ctx.cwd, path), content);
  }
}

const read = (ctx: TestContext, path: string): string => readFileSync(join(ctx.cwd, path), 'utf8');

/** What `git diff` says between two states of the same files. */
function gitDiff(before: Record<string, string | Buffer>, change: (ctx: TestContext) => void): string {
  const ctx = testContext();
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: ctx.cwd,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: ctx.cwd, GIT_CONFIG_NOSYSTEM: '1' },
    });
  git('init', '-q');
  write(ctx, before);
  git('add', '-A');
  git('commit', '-q', '-m', 'before');
  change(ctx);
  git('add', '-A');
  return git('diff', '--cached', '--no-renames');
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('one file', () => {
  it('is changed as `diff -u` says, and keeps its permissions and endings', async () => {
    const ctx = testContext();
    write(ctx, { 'src/run.sh': 'one\r\ntwo\r\nthree', old: 'one\ntwo\nthree\n', new: 'one\n2\nthree\n' });
    chmodSync(join(ctx.cwd, 'src/run.sh'), 0o750);
    const content = spawnSync('diff', ['-u', 'old', 'new'], { cwd: ctx.cwd, encoding: 'utf8' }).stdout;
    const named = content.replace(/^--- old/, '--- a/src/run.sh').replace('+++ new', '+++ b/src/run.sh');
    const inode = statSync(join(ctx.cwd, 'src/run.sh')).ino;
    expect(await patch({ path: 'src/run.sh', content: named }, ctx)).toEqual({
      path: 'src/run.sh',
      change: 'modified',
      bytes: 13,
      hunks: 1,
      offsets: [0],
      alreadyApplied: false,
    });
    expect(read(ctx, 'src/run.sh')).toBe('one\r\n2\r\nthree');
    const info = statSync(join(ctx.cwd, 'src/run.sh'));
    expect(info.mode & 0o777).toBe(0o750);
    expect(info.ino, 'it is replaced at once').not.toBe(inode);
    expect(readdirSync(join(ctx.cwd, 'src'))).toEqual(['run.sh']);
  });

  it('that is patched already is left alone, so that a step can be done again', async () => {
    const ctx = testContext();
    write(ctx, { f: numbered(20) });
    const content = '@@ -9,3 +9,4 @@\n line 9\n line 10\n+line 10½\n line 11\n';
    await patch({ path: 'f', content }, ctx);
    const { mtimeNs } = statSync(join(ctx.cwd, 'f'), { bigint: true });
    expect(await patch({ path: 'f', content }, ctx)).toMatchObject({ alreadyApplied: true, offsets: [] });
    expect(statSync(join(ctx.cwd, 'f'), { bigint: true }).mtimeNs).toBe(mtimeNs);
  });

  it('keeps bytes that are no UTF-8', async () => {
    const ctx = testContext();
    const bytes = Buffer.from([0xe4, 0x0a, 0x61, 0x0a, 0xff, 0x0a]);
    write(ctx, { latin: bytes });
    await patch({ path: 'latin', content: '@@ -2,1 +2,1 @@\n-a\n+ä\n' }, ctx);
    expect([...readFileSync(join(ctx.cwd, 'latin'))]).toEqual([0xe4, 0x0a, 0xc3, 0xa4, 0x0a, 0xff, 0x0a]);
  });

  it('is made and deleted', async () => {
    const ctx = testContext();
    const made = '--- /dev/null\n+++ b/new/file.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n';
    expect(await patch({ path: 'new/file.txt', content: made }, ctx)).toMatchObject({ change: 'created' });
    expect(read(ctx, 'new/file.txt')).toBe('one\ntwo\n');
    expect(await patch({ path: 'new/file.txt', content: made }, ctx)).toMatchObject({ alreadyApplied: true });
    const gone = '--- a/new/file.txt\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n';
    write(ctx, { 'new/file.txt': 'one\nother\n' });
    expect(await failureOf({ path: 'new/file.txt', content: made }, ctx)).toMatchObject({
      code: 'PATCH_FAILED',
      message:
        'cannot patch "new/file.txt": the patch makes a new file, but there is one with other content; nothing was written',
    });
    expect((await failureOf({ path: 'new/file.txt', content: gone }, ctx)).message).toContain(
      'deletes the file, but it has other content',
    );
    write(ctx, { 'new/file.txt': 'one\ntwo\n' });
    expect(await patch({ path: 'new/file.txt', content: gone }, ctx)).toMatchObject({ change: 'deleted' });
    expect(existsSync(join(ctx.cwd, 'new/file.txt'))).toBe(false);
    expect(await patch({ path: 'new/file.txt', content: gone }, ctx)).toMatchObject({ alreadyApplied: true });
  });

  it('is not written when one hunk of several fails, and that one is named', async () => {
    const ctx = testContext();
    write(ctx, { f: numbered(40).replace('line 31\n', 'line 31 changed\n') });
    const content =
      '@@ -2,1 +2,1 @@\n-line 2\n+LINE 2\n@@ -30,3 +30,3 @@\n line 30\n-line 31\n+LINE 31\n line 32\n';
    const refused = await failureOf({ path: 'f', content }, ctx);
    expect(refused).toMatchObject({
      code: 'PATCH_FAILED',
      retryable: false,
      details: { path: 'f', hunk: 2, header: '@@ -30,3 +30,3 @@', patchLine: 4, nearest: 30, line: 31 },
    });
    expect(refused.message).toBe(
      'cannot patch "f": hunk 2 (@@ -30,3 +30,3 @@) does not fit anywhere; nearest is line 30, but line 31 is "line 31 changed", not "line 31"; nothing was written',
    );
  });

  it('that is missing, a folder, too large or no text is refused', async () => {
    const ctx = testContext();
    const content = '@@ -1 +1 @@\n-a\n+b\n';
    write(ctx, { binary: Buffer.from([97, 10, 0, 10]) });
    expect(await failureOf({ path: 'none', content }, ctx)).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await failureOf({ path: 'binary', content }, ctx)).toMatchObject({ code: 'PATCH_UNSUPPORTED' });
    expect(await failureOf({ path: '.', content }, ctx)).toMatchObject({ code: 'PATCH_INVALID' });
    expect(await failureOf({ path: 'binary', content: 'x' }, ctx)).toMatchObject({ code: 'PATCH_INVALID' });
  });

  it('is not another than the one the headers name', async () => {
    const ctx = testContext();
    write(ctx, { 'src/x.ts': 'a\n', 'lib/x.ts': 'a\n' });
    const content = '--- a/lib/x.ts\n+++ b/lib/x.ts\n@@ -1 +1 @@\n-a\n+b\n';
    expect(await failureOf({ path: 'src/x.ts', content }, ctx)).toMatchObject({
      code: 'PATCH_OTHER_FILE',
      message:
        'line 1 of the patch is for a/lib/x.ts and b/lib/x.ts, but the step for "src/x.ts"; for several files let "path" be their folder',
    });
    expect((await failureOf({ path: 'lib/x.ts', content: content + content }, ctx)).message).toContain(
      'once more',
    );
  });

  it('is patched by SEARCH/REPLACE blocks, all or none', async () => {
    const ctx = testContext();
    write(ctx, { f: 'one\ntwo\nthree\n' });
    const block = (search: string, replace: string): string =>
      `<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;
    const refused = await failureOf({ path: 'f', content: block('one', '1') + block('four', '4') }, ctx);
    expect(refused.message).toContain('block 2 does not fit anywhere');
    const content = block('three', '3') + block('one', '1');
    expect(await patch({ path: 'f', content }, ctx)).toMatchObject({ hunks: 2, alreadyApplied: false });
    expect(read(ctx, 'f')).toBe('1\ntwo\n3\n');
    expect(await patch({ path: 'f', content }, ctx)).toMatchObject({ alreadyApplied: true });
    expect(await failureOf({ path: 'f', content, exactLines: true }, ctx)).toMatchObject({
      code: 'INVALID_FIELDS',
    });
  });
});

describe('several files below a folder', () => {
  const before = { 'a.txt': numbered(20), 'sub/b.txt': numbered(5), 'gone.txt': 'x\n', 'run.sh': 'echo\n' };
  const change = (ctx: TestContext): void => {
    write(ctx, { 'a.txt': numbered(20).replace('line 7', 'LINE 7'), 'sub/new.txt': 'new' });
    write(ctx, { 'sub/b.txt': `${numbered(5)}line 6\n` });
    execFileSync('rm', [join(ctx.cwd, 'gone.txt')]);
    chmodSync(join(ctx.cwd, 'run.sh'), 0o755);
  };

  it('are patched as `git diff` says: changed, made, deleted, made executable', async () => {
    const content = gitDiff(before, change);
    const [ctx, wanted] = [testContext(), testContext()];
    for (const each of [ctx, wanted]) write(each, before);
    change(wanted);
    const output = await patch({ path: '.', content }, ctx);
    expect(output.alreadyApplied).toBe(false);
    expect((output.files as JsonObject[]).map(({ path, change: done }) => `${done} ${path}`)).toEqual([
      'modified a.txt',
      'deleted gone.txt',
      'modified run.sh',
      'modified sub/b.txt',
      'created sub/new.txt',
    ]);
    const relative = (each: TestContext): Json =>
      Object.entries(snapshot(each.cwd)).map(([path, text]) => [path.slice(each.cwd.length), text]);
    expect(relative(ctx)).toEqual(relative(wanted));
    expect(await patch({ path: '.', content }, ctx)).toMatchObject({ alreadyApplied: true });
  });

  it('are all left alone when one of them does not fit', async () => {
    const content = gitDiff(before, change);
    const ctx = testContext();
    write(ctx, { ...before, 'sub/b.txt': 'other\n' });
    const refused = await failureOf({ path: '.', content }, ctx);
    expect(refused).toMatchObject({ code: 'PATCH_FAILED', details: { path: 'sub/b.txt', hunk: 1 } });
  });

  it('are finished when a former attempt ended in the middle', async () => {
    const content = gitDiff(before, change);
    const ctx = testContext();
    write(ctx, { ...before, 'a.txt': numbered(20).replace('line 7', 'LINE 7') });
    execFileSync('rm', [join(ctx.cwd, 'gone.txt')]);
    const { files } = await patch({ path: '.', content }, ctx);
    expect((files as JsonObject[]).map(({ alreadyApplied }) => alreadyApplied)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('never lie outside of it', async () => {
    const ctx = testContext();
    write(ctx, { 'in/f': 'a\n', victim: 'a\n' });
    symlinkSync('..', join(ctx.cwd, 'in/up'));
    const of = (name: string): string => `--- ${name}\n+++ ${name}\n@@ -1 +1 @@\n-a\n+b\n`;
    for (const name of ['../victim', '/etc/hosts', 'x/../../victim', 'a/../../victim'])
      expect(await failureOf({ path: 'in', content: of(name) }, ctx), name).toMatchObject({
        code: 'PATCH_OTHER_FILE',
      });
    expect(await failureOf({ path: 'in', content: of('up/../../x') }, ctx)).toMatchObject({
      code: 'PATCH_OTHER_FILE',
    });
    symlinkSync('/etc', join(ctx.cwd, 'in/etc'));
    expect(await failureOf({ path: 'in', content: of('etc/hosts') }, ctx)).toMatchObject({
      code: 'OUTSIDE_CWD',
    });
  });
});

describe('before the run', () => {
  const problemOf = (fields: Record<string, Json>, computed: string[] = []) =>
    file.check?.(fields, new Set(computed));

  it('a text that is no patch is found, and so is what an operation lacks', () => {
    expect(problemOf({ op: 'patch', path: 'f', content: 'hello' })).toMatchObject({ field: 'content' });
    expect(problemOf({ op: 'patch', path: 'f', content: '${{ x }}' }, ['content'])).toBeUndefined();
    expect(problemOf({ op: 'patch', path: 'f' })).toMatchObject({ message: 'op "patch" needs "content"' });
    expect(problemOf({ op: 'copy', path: 'f' })).toMatchObject({ field: 'op' });
    expect(problemOf({ op: 'patch', path: 'f', content: '@@ -1 +1 @@\n-a\n+b\n' })).toBeUndefined();
  });

  it('what it reads and writes can be told', () => {
    expect(file.permissions?.({ op: 'patch', path: 'f' })).toEqual([{ to: 'write', what: 'f' }]);
    expect(file.permissions?.({ op: 'copy', path: 'f', to: 'g' })).toEqual([
      { to: 'read', what: 'f' },
      { to: 'write', what: 'g' },
    ]);
  });
});
