/** The file kind never leaves the run's folder, by no path, link or race. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json } from '../../src/kernel/json.ts';
import { type FileFields, runFile } from '../../src/steps/file/run.ts';
import { type TestContext, testContext } from './context.ts';

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

/** In a thread of its own: nothing else is as fast. */
const SWAPPER = `
const fs = require('node:fs');
const { workerData: { path, target, flag } } = require('node:worker_threads');
const running = new Int32Array(flag);
const tries = (work) => { try { work(); } catch {} };
const link = path + '.link';
tries(() => fs.symlinkSync(target, link));
while (Atomics.load(running, 0) === 1) {
  tries(() => fs.mkdirSync(path, { recursive: true }));
  tries(() => fs.writeFileSync(path + '/own', ''));
  tries(() => fs.renameSync(path, path + '.folder'));
  tries(() => fs.renameSync(link, path));
  tries(() => fs.renameSync(path, link));
  tries(() => fs.renameSync(path + '.folder', path));
  tries(() => fs.lstatSync(link));
  if (!fs.existsSync(link)) tries(() => fs.symlinkSync(target, link));
}
`;

/** Keeps making a path a folder and a link to `target`, by turns. @returns what stops it. */
function swap(path: string, target: string): () => Promise<void> {
  const flag = new SharedArrayBuffer(4);
  const running = new Int32Array(flag);
  Atomics.store(running, 0, 1);
  mkdirSync(dirname(path), { recursive: true });
  const worker = new Worker(SWAPPER, { eval: true, workerData: { path, target, flag } });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return () => {
    Atomics.store(running, 0, 0);
    return ended;
  };
}

describe('the guard of the run’s folder', () => {
  const writing = (path: string): FileFields[] => [
    { op: 'read', path },
    { op: 'write', path, content: 'x' },
    { op: 'append', path, content: 'x' },
    { op: 'exists', path },
    { op: 'copy', path, to: 'here' },
    { op: 'copy', path: 'inside', to: path },
  ];

  it('refuses every way out of it', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    writeFileSync(join(ctx.cwd, 'inside'), 'in');
    symlinkSync(outside, join(ctx.cwd, 'folder-link'));
    symlinkSync(join(outside, 'secret'), join(ctx.cwd, 'file-link'));
    symlinkSync(join(outside, 'not-yet'), join(ctx.cwd, 'dangling'));
    symlinkSync('folder-link', join(ctx.cwd, 'link-to-link'));
    const ways = [
      join(outside, 'secret'),
      `../${outside.split('/').at(-1)}/secret`,
      'folder-link/secret',
      'file-link',
      'dangling',
      'link-to-link/new/file',
      'folder-link/../x',
    ];
    for (const fields of ways.flatMap(writing)) {
      // By name alone `folder-link/../x` stays inside; that is how every path library reads it.
      if ([fields.path, fields.to].includes('folder-link/../x')) continue;
      expect(await failureOf(fields, ctx), JSON.stringify(fields)).toMatchObject({
        code: 'OUTSIDE_CWD',
        retryable: false,
      });
    }
    for (const path of ['..', '../*', 'folder-link', 'folder-link/*', outside, `${outside}/*`]) {
      expect(await failureOf({ op: 'list', path }, ctx), path).toMatchObject({ code: 'OUTSIDE_CWD' });
    }
    expect(await failureOf({ op: 'delete', path: 'folder-link/secret' }, ctx)).toMatchObject({
      code: 'OUTSIDE_CWD',
    });
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
  });

  it('follows links that stay inside, and keeps them', async () => {
    const ctx = testContext();
    await output({ op: 'write', path: 'real/f', content: 'one' }, ctx);
    symlinkSync('real/f', join(ctx.cwd, 'link'));
    expect(await output({ op: 'read', path: 'link' }, ctx)).toBe('one');
    await output({ op: 'write', path: 'link', content: 'two' }, ctx);
    expect(readFileSync(join(ctx.cwd, 'real/f'), 'utf8')).toBe('two');
    expect(await output({ op: 'read', path: 'real/../link' }, ctx)).toBe('two');
  });

  it('lets a step out that says so', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    expect(await output({ op: 'read', path: join(outside, 'secret'), allowOutsideCwd: true }, ctx)).toBe(
      'outside',
    );
    await output({ op: 'write', path: join(outside, 'new'), content: 'n', allowOutsideCwd: true }, ctx);
    expect(await output({ op: 'list', path: `${outside}/*`, allowOutsideCwd: true }, ctx)).toEqual([
      `${outside}/new`,
      `${outside}/secret`,
    ]);
  });

  it('does not list what a matched link leads to outside', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    symlinkSync(outside, join(ctx.cwd, 'out'));
    writeFileSync(join(ctx.cwd, 'in'), '');
    expect(await output({ op: 'list', path: '**/*' }, ctx)).toEqual(['in']);
  });

  it('never writes outside while a folder is swapped for a link', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    const stopSwapping = swap(join(ctx.cwd, 'a'), outside);
    for (let i = 0; i < 150; i++) {
      await runFile({ op: 'write', path: `a/f${i}`, content: 'x' }, ctx).catch(() => {});
      const seen = await runFile({ op: 'read', path: 'a/secret' }, ctx).catch(() => undefined);
      expect(seen?.output).not.toBe('outside');
    }
    await stopSwapping();
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
  });

  it('never deletes, lists or makes anything outside while a folder is swapped for a link', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    const inside = join(ctx.cwd, 'tree/a');
    const stopSwapping = swap(inside, outside);
    for (let i = 0; i < 100; i++) {
      await runFile({ op: 'write', path: `tree/a/new${i}/deep/f`, content: 'x' }, ctx).catch(() => {});
      for (const path of ['tree/a', 'tree/*/*']) {
        const seen = await runFile({ op: 'list', path }, ctx).catch(() => undefined);
        expect(JSON.stringify(seen?.output ?? '')).not.toContain('secret');
      }
      const found = await runFile({ op: 'exists', path: 'tree/a/secret' }, ctx).catch(() => undefined);
      expect(found?.output ?? false).toBe(false);
      await runFile({ op: 'delete', path: 'tree', recursive: true }, ctx).catch(() => {});
      mkdirSync(join(ctx.cwd, 'tree'), { recursive: true });
    }
    await stopSwapping();
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('never patches a file outside while a folder is swapped for a link', async () => {
    const ctx = testContext();
    const outside = outsideFolder();
    mkdirSync(join(ctx.cwd, 'tree'));
    const stopSwapping = swap(join(ctx.cwd, 'tree/a'), outside);
    for (let i = 0; i < 100; i++) {
      const content = '@@ -1 +1 @@\n-outside\n+patched\n';
      const done = await runFile({ op: 'patch', path: 'tree/a/secret', content }, ctx).catch(() => undefined);
      expect(done).toBeUndefined();
    }
    await stopSwapping();
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
  });

  it('refuses the same where open files have no names', async () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
    onTestFinished(() => void Object.defineProperty(process, 'platform', platform));
    const ctx = testContext();
    const outside = outsideFolder();
    writeFileSync(join(ctx.cwd, 'inside'), 'in');
    symlinkSync(outside, join(ctx.cwd, 'link'));
    for (const fields of writing('link/secret'))
      expect(await failureOf(fields, ctx), JSON.stringify(fields)).toMatchObject({ code: 'OUTSIDE_CWD' });
    await output({ op: 'write', path: 'a/b/c', content: 'x' }, ctx);
    expect(await output({ op: 'read', path: 'a/b/c' }, ctx)).toBe('x');
    expect(await output({ op: 'list', path: 'a/**' }, ctx)).toEqual(['a/b/c']);
    await output({ op: 'delete', path: 'a', recursive: true }, ctx);
    await output({ op: 'delete', path: 'link', recursive: true }, ctx);
    expect(readdirSync(ctx.cwd)).toEqual(['inside']);
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('holds for random paths', async () => {
    const ctx = testContext();
    symlinkSync('..', join(ctx.cwd, 'up'));
    symlinkSync('.', join(ctx.cwd, 'here'));
    const part = fc.constantFrom('..', '.', 'up', 'here', 'x', '', 'here/../..', '//');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
        const path = [...parts, 'probe-file'].join('/').replace(/^\/+/, '');
        const result = await runFile({ op: 'write', path, content: 'x' }, ctx).catch(
          (error: unknown) => error,
        );
        expect(existsSync(join(tmpdir(), 'probe-file'))).toBe(false);
        if (result instanceof Error) expect(result).toMatchObject({ code: 'OUTSIDE_CWD' });
      }),
      { numRuns: 150 },
    );
  });
});
