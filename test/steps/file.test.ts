/** The file kind on a real file system. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json } from '../../src/kernel/json.ts';
import { type FileFields, runFile } from '../../src/steps/file/run.ts';
import { type TestContext, testContext } from './context.ts';
import { runExample } from './run-example.ts';

async function output(fields: FileFields, ctx: TestContext): Promise<Json> {
  return (await runFile(fields, ctx)).output;
}

async function failureOf(fields: FileFields, ctx: TestContext): Promise<StepFailure> {
  const error = await runFile(fields, ctx).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StepFailure);
  expect(ctx.openSinks()).toBe(0);
  return error as StepFailure;
}

/** A folder beside the run's, with a file `secret`. */
function outsideFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-outside-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'secret'), 'outside');
  return folder;
}

describe('read and write', () => {
  it('writes text, makes missing folders, and reads it back', async () => {
    const ctx = testContext();
    expect(await output({ op: 'write', path: 'a/b/c.txt', content: 'grüß\n' }, ctx)).toEqual({
      path: 'a/b/c.txt',
      bytes: 7,
    });
    expect(await output({ op: 'read', path: 'a/b/c.txt' }, ctx)).toBe('grüß\n');
    expect(readdirSync(join(ctx.cwd, 'a/b'))).toEqual(['c.txt']);
  });

  it('writes any other value as JSON', async () => {
    const ctx = testContext();
    await output({ op: 'write', path: 'x.json', content: { a: [1] } }, ctx);
    expect(readFileSync(join(ctx.cwd, 'x.json'), 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });

  it('handles bytes as base64 both ways', async () => {
    const ctx = testContext();
    const bytes = Buffer.from([0, 255, 128, 10]);
    await output({ op: 'write', path: 'bin', content: bytes.toString('base64'), encoding: 'base64' }, ctx);
    expect([...readFileSync(join(ctx.cwd, 'bin'))]).toEqual([...bytes]);
    expect(await output({ op: 'read', path: 'bin', encoding: 'base64' }, ctx)).toBe(bytes.toString('base64'));
    expect(
      await failureOf({ op: 'write', path: 'bin', content: 'n%t', encoding: 'base64' }, ctx),
    ).toMatchObject({ code: 'INVALID_FIELDS' });
  });

  it('gives a reference for what is no text or too large', async () => {
    const ctx = testContext();
    writeFileSync(join(ctx.cwd, 'bin'), Buffer.from([255, 254]));
    expect(await output({ op: 'read', path: 'bin' }, ctx)).toEqual({
      blob: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: 2,
    });
    writeFileSync(join(ctx.cwd, 'large'), '');
    truncateSync(join(ctx.cwd, 'large'), 11 * 1024 * 1024);
    expect(await output({ op: 'read', path: 'large' }, ctx)).toMatchObject({ bytes: 11 * 1024 * 1024 });
  });

  it('replaces a file at once and keeps its permissions', async () => {
    const ctx = testContext();
    const path = join(ctx.cwd, 'run.sh');
    writeFileSync(path, 'old');
    chmodSync(path, 0o750);
    const before = statSync(path).ino;
    await output({ op: 'write', path: 'run.sh', content: 'new' }, ctx);
    expect(statSync(path).mode & 0o777).toBe(0o750);
    expect(statSync(path).ino).not.toBe(before);
  });

  it('appends, and creates the file the first time', async () => {
    const ctx = testContext();
    await output({ op: 'append', path: 'log', content: 'a\n' }, ctx);
    expect(await output({ op: 'append', path: 'log', content: 'b\n' }, ctx)).toEqual({
      path: 'log',
      bytes: 2,
    });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => output({ op: 'append', path: 'log', content: `${i}\n` }, ctx)),
    );
    expect(readFileSync(join(ctx.cwd, 'log'), 'utf8').split('\n').length).toBe(23);
  });

  it('says what is missing', async () => {
    const ctx = testContext();
    mkdirSync(join(ctx.cwd, 'folder'));
    expect(await failureOf({ op: 'read', path: 'no.txt' }, ctx)).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: 'cannot read "no.txt": no such file or folder',
    });
    expect(await failureOf({ op: 'read', path: 'folder' }, ctx)).toMatchObject({ code: 'NOT_A_FILE' });
    expect(await failureOf({ op: 'write', path: 'folder', content: '' }, ctx)).toMatchObject({
      code: 'IS_A_FOLDER',
    });
    expect(await failureOf({ op: 'write', path: 'x' }, ctx)).toMatchObject({
      message: 'op "write" needs "content"',
    });
    expect(await failureOf({ op: 'copy', path: 'x' }, ctx)).toMatchObject({ code: 'INVALID_FIELDS' });
    expect(readdirSync(ctx.cwd)).toEqual(['folder']);
  });

  it('refuses a FIFO instead of waiting for ever', async () => {
    const ctx = testContext();
    execFileSync('mkfifo', [join(ctx.cwd, 'pipe')]);
    expect(await failureOf({ op: 'read', path: 'pipe' }, ctx)).toMatchObject({ code: 'NOT_A_FILE' });
  });
});

describe('exists, delete, copy, list', () => {
  it('tells whether a path exists', async () => {
    const ctx = testContext();
    writeFileSync(join(ctx.cwd, 'f'), '');
    expect(await output({ op: 'exists', path: 'f' }, ctx)).toBe(true);
    expect(await output({ op: 'exists', path: 'f/g' }, ctx)).toBe(false);
    expect(await output({ op: 'exists', path: '.' }, ctx)).toBe(true);
  });

  it('deletes a file, and succeeds again when it is gone', async () => {
    const ctx = testContext();
    writeFileSync(join(ctx.cwd, 'f'), '');
    expect(await output({ op: 'delete', path: 'f' }, ctx)).toEqual({ path: 'f', deleted: true });
    expect(await output({ op: 'delete', path: 'f' }, ctx)).toEqual({ path: 'f', deleted: false });
  });

  it('deletes a folder that is not empty only when told to', async () => {
    const ctx = testContext();
    mkdirSync(join(ctx.cwd, 'd/e'), { recursive: true });
    const failure = await failureOf({ op: 'delete', path: 'd' }, ctx);
    expect(failure).toMatchObject({ code: 'IS_A_FOLDER' });
    expect(failure.message).toContain('recursive: true');
    await output({ op: 'delete', path: 'd/e' }, ctx);
    await output({ op: 'delete', path: 'd', recursive: true }, ctx);
    expect(existsSync(join(ctx.cwd, 'd'))).toBe(false);
    expect(await failureOf({ op: 'delete', path: '.', recursive: true }, ctx)).toMatchObject({
      code: 'IS_A_FOLDER',
    });
  });

  it('deletes a link and not what it leads to', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    symlinkSync(join(outside, 'secret'), join(ctx.cwd, 'link'));
    await output({ op: 'delete', path: 'link' }, ctx);
    expect(existsSync(join(outside, 'secret'))).toBe(true);
    expect(readdirSync(ctx.cwd)).toEqual([]);
  });

  it('copies a file with its permissions', async () => {
    const ctx = testContext();
    writeFileSync(join(ctx.cwd, 'a'), 'x'.repeat(3_000_000));
    chmodSync(join(ctx.cwd, 'a'), 0o755);
    expect(await output({ op: 'copy', path: 'a', to: 'sub/b' }, ctx)).toEqual({
      path: 'a',
      to: 'sub/b',
      bytes: 3_000_000,
    });
    expect(readFileSync(join(ctx.cwd, 'sub/b')).equals(readFileSync(join(ctx.cwd, 'a')))).toBe(true);
    expect(statSync(join(ctx.cwd, 'sub/b')).mode & 0o777).toBe(0o755);
  });

  it('lists folders and globs, sorted, as paths that can be used again', async () => {
    const ctx = testContext();
    for (const path of ['src/b.ts', 'src/a.ts', 'src/deep/c.ts', 'src/.hidden', 'src/[x].ts', 'z.md']) {
      await output({ op: 'write', path, content: '' }, ctx);
    }
    expect(await output({ op: 'list', path: 'src' }, ctx)).toEqual([
      'src/.hidden',
      'src/[x].ts',
      'src/a.ts',
      'src/b.ts',
      'src/deep',
    ]);
    expect(await output({ op: 'list', path: 'src/**/*.ts' }, ctx)).toEqual([
      'src/[x].ts',
      'src/a.ts',
      'src/b.ts',
      'src/deep/c.ts',
    ]);
    expect(await output({ op: 'list', path: '*.{md,txt}' }, ctx)).toEqual(['z.md']);
    expect(await output({ op: 'list', path: 'none/*.ts' }, ctx)).toEqual([]);
    expect(await output({ op: 'list', path: './src/{a,b}.ts' }, ctx)).toEqual(['src/a.ts', 'src/b.ts']);
    expect(await failureOf({ op: 'list', path: 'nowhere' }, ctx)).toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

it('runs its example', async () => {
  const run = await runExample('file');
  expect(run).toMatchObject({
    status: 'success',
    outputs: {
      settings: { retries: 3, hosts: ['a.example', 'b.example'] },
      found: ['file-example/backup/settings.json', 'file-example/settings.json'],
      patched: 'modified',
      left: false,
    },
  });
});
