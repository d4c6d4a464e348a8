/** Artifacts on a real store and a real file system. */
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
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { artifactService } from '../../src/app/step-artifacts.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { Redactor } from '../../src/kernel/redact.ts';
import { artifact } from '../../src/steps/artifact/index.ts';
import { type ArtifactFields, runArtifact } from '../../src/steps/artifact/run.ts';
import { openStore } from '../../src/store/index.ts';
import type { Store } from '../../src/store/port.ts';
import { begin } from '../store/fixtures.ts';
import { type TestContext, testContext } from './context.ts';
import { runExample } from './run-example.ts';

interface Place {
  store: Store;
  /** Where blobs and rows are. */
  state: string;
  /** A step of a run, in a folder of its own unless another's is given. */
  step(runId: string, path?: string, options?: { cwd?: string; secret?: string }): TestContext;
}

async function aPlace(...runs: { id: string; parent?: string }[]): Promise<Place> {
  const state = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-artifacts-')));
  const store = await openStore({ path: join(state, 'state.db'), durability: 'normal' });
  onTestFinished(async () => {
    await store.close();
    rmSync(state, { recursive: true, force: true });
  });
  for (const { id, parent } of runs.length === 0 ? [{ id: 'r1' }] : runs)
    await store.commit([begin(id, parent === undefined ? {} : { parentRunId: parent, parentPath: 'x' })]);
  return {
    store,
    state,
    step(runId, path = 'step', { cwd, secret } = {}) {
      const redactor = new Redactor(secret === undefined ? [] : [['inputs.token', secret]]);
      const session = { engine: { store }, project: { clock: systemClock }, redactor, setup: { runId } };
      const context = testContext({ services: { artifacts: artifactService(session as never) } });
      return { ...context, path, ...(cwd !== undefined && { cwd }) };
    },
  };
}

function write(ctx: TestContext, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(ctx.cwd, path)), { recursive: true });
    writeFileSync(join(ctx.cwd, path), content);
  }
}

const run = async (ctx: TestContext, fields: ArtifactFields): Promise<Json> =>
  (await runArtifact(fields, ctx)).output;
const upload = (ctx: TestContext, paths: string | string[], more: Partial<ArtifactFields> = {}) =>
  run(ctx, { op: 'upload', name: 'a', paths, ...more });
const namesOf = async (ctx: TestContext, name = 'a'): Promise<string[]> =>
  ((await run(ctx, { op: 'list', name })) as { path: string }[]).map(({ path }) => path);

async function failureOf(ctx: TestContext, fields: ArtifactFields): Promise<StepFailure> {
  const error = await runArtifact(fields, ctx).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StepFailure);
  return error as StepFailure;
}

/** Files with content and permissions, by path below a folder. */
function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (each) => !each.isDirectory(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [
        path.slice(folder.length + 1),
        `${statSync(path).mode & 0o111 ? 'x' : '-'} ${readFileSync(path, 'utf8')}`,
      ];
    }),
  );
}

const blobsOf = (place: Place): string[] =>
  readdirSync(join(place.state, 'blobs'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.split('/').at(-1) ?? '')
    .filter((name) => name.length === 64);

describe('upload and download', () => {
  it('bring files back as they were: names, contents, which of them are executable', async () => {
    const place = await aPlace();
    const ctx = place.step('r1');
    write(ctx, { 'dist/app.js': 'app', 'dist/bin/run': '#!', 'dist/ü b.txt': '', 'src/x': 'no' });
    chmodSync(join(ctx.cwd, 'dist/bin/run'), 0o750);
    const kept = (await upload(ctx, 'dist')) as JsonObject;
    expect(kept).toEqual({
      name: 'a',
      run: 'r1',
      files: 3,
      bytes: 5,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const other = place.step('r1', 'later');
    expect(await run(other, { op: 'download', name: 'a', path: 'out/deep' })).toEqual({
      ...kept,
      path: 'out/deep',
    });
    expect(tree(join(other.cwd, 'out/deep'))).toEqual({
      'app.js': '- app',
      'bin/run': 'x #!',
      'ü b.txt': '- ',
    });
    expect(readdirSync(other.cwd)).toEqual(['out']);
  });

  it('keep equal contents once', async () => {
    const place = await aPlace({ id: 'r1' }, { id: 'r2' });
    const ctx = place.step('r1');
    write(ctx, { one: 'same', two: 'same', three: 'other' });
    const first = (await upload(ctx, '*')) as JsonObject;
    const second = (await upload(place.step('r2', 's', { cwd: ctx.cwd }), ['t*', 'one'])) as JsonObject;
    expect(blobsOf(place)).toHaveLength(2);
    expect(second.digest).toBe(first.digest);
    write(ctx, { three: 'changed' });
    expect(((await upload(ctx, '*')) as JsonObject).digest).not.toBe(first.digest);
  });

  it('replace what is there already, file by file, and leave the rest alone', async () => {
    const place = await aPlace();
    const ctx = place.step('r1');
    write(ctx, { 'in/a': 'new', 'in/b': 'new', 'out/a': 'old', 'out/mine': 'mine' });
    chmodSync(join(ctx.cwd, 'out/a'), 0o755);
    await upload(ctx, 'in');
    await run(ctx, { op: 'download', name: 'a', path: 'out' });
    expect(tree(join(ctx.cwd, 'out'))).toEqual({ a: '- new', b: '- new', mine: '- mine' });
    rmSync(join(ctx.cwd, 'out/a'));
    mkdirSync(join(ctx.cwd, 'out/a'));
    expect(await failureOf(ctx, { op: 'download', name: 'a', path: 'out' })).toMatchObject({
      code: 'ARTIFACT_FAILED',
    });
  });

  it('notice a stored file that was damaged', async () => {
    const place = await aPlace();
    const ctx = place.step('r1');
    write(ctx, { f: 'content' });
    await upload(ctx, 'f');
    const { contents } = await ctx.services.artifacts.find('a');
    writeFileSync(contents[0]?.location ?? '', 'changed');
    expect(await failureOf(ctx, { op: 'download', name: 'a', path: 'out' })).toMatchObject({
      code: 'ARTIFACT_DAMAGED',
      message: expect.stringContaining('the stored content of "f" is damaged'),
    });
    expect(readdirSync(join(ctx.cwd, 'out'))).toEqual([]);
  });

  it('give any tree of files back', async () => {
    const place = await aPlace();
    const part = fc.constantFrom('a', 'b', 'ü', 'x y', '[z]', '{q}', '!n', 'a*', '.hidden');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const content = fc.record({ text: fc.string({ maxLength: 20 }), executable: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(path, content, { minKeys: 1, maxKeys: 6 }), async (files) => {
        const ctx = place.step('r1');
        const wanted: Record<string, string> = {};
        for (const [name, { text, executable }] of Object.entries(files)) {
          try {
            write(ctx, { [`in/${name}`]: text });
          } catch {
            continue; // a folder of that name is there
          }
          chmodSync(join(ctx.cwd, 'in', name), executable ? 0o755 : 0o644);
          wanted[name] = `${executable ? 'x' : '-'} ${text}`;
        }
        await upload(ctx, 'in', { hidden: true });
        await run(ctx, { op: 'download', name: 'a', path: 'out' });
        expect(tree(join(ctx.cwd, 'out'))).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
  });
});

describe('paths', () => {
  const files = { 'dist/a.js': '1', 'dist/a.map': '2', 'dist/sub/b.js': '3', 'docs/c.md': '4', '.env': '5' };

  it.each<[string[], string[]]>([
    [['dist'], ['a.js', 'a.map', 'sub/b.js']],
    [['dist/**/*.js'], ['a.js', 'sub/b.js']],
    [
      ['dist', '!**/*.map'],
      ['a.js', 'sub/b.js'],
    ],
    [
      ['dist', '!dist/sub'],
      ['a.js', 'a.map'],
    ],
    [['dist/sub/b.js'], ['b.js']],
    [
      ['dist/*.js', 'docs/*.md'],
      ['dist/a.js', 'docs/c.md'],
    ],
    [
      ['dist/a.js', 'dist/sub/b.js'],
      ['a.js', 'sub/b.js'],
    ],
    [['./dist/{a,b}.js'], ['a.js']],
    [['.'], ['dist/a.js', 'dist/a.map', 'dist/sub/b.js', 'docs/c.md']],
    [['.env'], ['.env']],
  ])('%j are kept as %j', async (paths, names) => {
    const ctx = (await aPlace()).step('r1');
    write(ctx, files);
    await upload(ctx, paths);
    expect(await namesOf(ctx)).toEqual(names);
  });

  it('are relative to `path`, and so are the names', async () => {
    const ctx = (await aPlace()).step('r1');
    write(ctx, files);
    await upload(ctx, 'sub/*', { path: 'dist' });
    expect(await namesOf(ctx)).toEqual(['sub/b.js']);
    await upload(ctx, '**', { path: '.', hidden: true });
    expect(await namesOf(ctx)).toContain('.env');
  });

  it('must each match something, unless that is allowed', async () => {
    const ctx = (await aPlace()).step('r1');
    write(ctx, files);
    for (const paths of [['dist', 'none/*'], ['dist', 'missing.txt'], ['!dist'], ['dist/*', '!**']])
      expect(await failureOf(ctx, { op: 'upload', name: 'a', paths }), paths.join()).toMatchObject({
        code: 'ARTIFACT_EMPTY',
      });
    expect((await failureOf(ctx, { op: 'upload', name: 'a', paths: 'none/*' })).message).toContain(
      '"none/*" matches no file',
    );
    expect(await upload(ctx, ['dist', 'none/*'], { ifNone: 'skip' })).toMatchObject({ files: 3 });
    expect(await upload(ctx, 'none/*', { name: 'b', ifNone: 'skip' })).toEqual({
      name: 'b',
      files: 0,
      bytes: 0,
      skipped: true,
    });
    expect(await run(ctx, { op: 'list' })).toHaveLength(1);
  });

  it('do not lead to links, nor out of the folder', async () => {
    const ctx = (await aPlace()).step('r1');
    write(ctx, files);
    symlinkSync('a.js', join(ctx.cwd, 'dist/link.js'));
    symlinkSync('/etc', join(ctx.cwd, 'dist/etc'));
    for (const paths of ['dist', 'dist/*', 'dist/link.js', 'dist/etc', 'dist/etc/'])
      expect(await failureOf(ctx, { op: 'upload', name: 'a', paths }), paths).toMatchObject({
        code: expect.stringMatching(/^ARTIFACT_LINK$/),
      });
    for (const paths of ['dist/etc/hosts', 'dist/etc/*', '../*', '/etc/hosts', '/etc/*'])
      expect(await failureOf(ctx, { op: 'upload', name: 'a', paths }), paths).toMatchObject({
        code: 'OUTSIDE_CWD',
      });
    expect(await failureOf(ctx, { op: 'upload', name: 'a', paths: '*', path: 'dist/etc' })).toMatchObject({
      code: 'OUTSIDE_CWD',
    });
    expect(await upload(ctx, ['dist', '!**/link.js', '!dist/etc'])).toMatchObject({ files: 3 });
    expect(await run(ctx, { op: 'list' })).toHaveLength(1);
  });
});

describe('download', () => {
  it('never leads out of its folder, by no link and no name', async () => {
    const place = await aPlace();
    const ctx = place.step('r1');
    write(ctx, { 'in/sub/f': 'evil', 'in/g': 'evil', victim: 'mine', 'other/f': 'mine' });
    await upload(ctx, 'in');
    mkdirSync(join(ctx.cwd, 'out'));
    symlinkSync('../other', join(ctx.cwd, 'out/sub'));
    expect(await failureOf(ctx, { op: 'download', name: 'a', path: 'out' })).toMatchObject({
      code: 'ARTIFACT_PATH',
      message: '"sub/f" would not be written below "out"',
    });
    rmSync(join(ctx.cwd, 'out/sub'));
    rmSync(join(ctx.cwd, 'out/g'));
    symlinkSync('../victim', join(ctx.cwd, 'out/g'));
    expect(await failureOf(ctx, { op: 'download', name: 'a', path: 'out' })).toMatchObject({
      code: 'ARTIFACT_PATH',
    });
    const blob = place.store.blobs.put(Buffer.from('evil'), 'r1');
    for (const path of ['../victim', '/tmp/keystone-victim', 'x/../../victim', '.', '']) {
      const row = { runId: 'r1', name: 'evil', step: 's', digest: '', files: 1, bytes: 4, createdAt: 1 };
      await place.store.artifacts.put(row, [{ path, ...blob, executable: false }], true);
      expect(await failureOf(ctx, { op: 'download', name: 'evil', path: 'out2' }), path).toMatchObject({
        code: 'ARTIFACT_PATH',
      });
    }
    expect(tree(join(ctx.cwd, 'other'))).toEqual({ f: '- mine' });
    expect(readFileSync(join(ctx.cwd, 'victim'), 'utf8')).toBe('mine');
    expect(existsSync('/tmp/keystone-victim')).toBe(false);
    expect(await failureOf(ctx, { op: 'download', name: 'a', path: '../x' })).toMatchObject({
      code: 'OUTSIDE_CWD',
    });
  });

  it('says which artifacts there are when the one that is asked for is not', async () => {
    const ctx = (await aPlace()).step('r1');
    expect(await failureOf(ctx, { op: 'download', name: 'b', path: 'out' })).toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
      message: 'run r1 has no artifact "b"; it has none',
    });
    write(ctx, { f: '' });
    await upload(ctx, 'f');
    expect((await failureOf(ctx, { op: 'download', name: 'b', path: 'out' })).message).toContain(
      'there are a',
    );
    expect((await failureOf(ctx, { op: 'list', run: 'r9' })).message).toBe('there is no run "r9"');
  });
});

describe('names', () => {
  it('are unique in a run: another step is refused, the same one replaces its own', async () => {
    const place = await aPlace();
    const ctx = place.step('r1', 'build');
    write(ctx, { f: '1' });
    await upload(ctx, 'f');
    write(ctx, { f: '2' });
    expect(await upload(ctx, 'f')).toMatchObject({ files: 1 });
    const other = place.step('r1', 'test', { cwd: ctx.cwd });
    expect(await failureOf(other, { op: 'upload', name: 'a', paths: 'f' })).toMatchObject({
      code: 'ARTIFACT_EXISTS',
      message:
        'step build made an artifact "a" in this run already; choose another name, or write "overwrite: true"',
    });
    expect(await upload(other, 'f', { overwrite: true })).toMatchObject({ files: 1 });
    expect(await run(ctx, { op: 'list' })).toMatchObject([{ name: 'a', step: 'test' }]);
  });

  it('must do as names of folders', async () => {
    const ctx = (await aPlace()).step('r1');
    write(ctx, { f: '1' });
    for (const name of ['../x', 'a/b', 'a\\b', '..', 'a\nb', 'a:b', 'a*'])
      expect(await failureOf(ctx, { op: 'upload', name, paths: 'f' }), name).toMatchObject({
        code: 'ARTIFACT_NAME',
      });
  });
});

describe('artifacts of other runs', () => {
  it('are found in the run, then upwards, then in one of the sub-workflows', async () => {
    const place = await aPlace(
      { id: 'root' },
      { id: 'left', parent: 'root' },
      { id: 'right', parent: 'root' },
      { id: 'deep', parent: 'left' },
      { id: 'stranger' },
    );
    const files: Record<string, string> = { root: 'root', left: 'left', right: 'right', deep: 'deep' };
    for (const id of Object.keys(files)) {
      const ctx = place.step(id);
      write(ctx, { f: id });
      await upload(ctx, 'f', { name: id });
      if (id === 'root' || id === 'left') await upload(ctx, 'f', { name: 'near' });
      if (id === 'left' || id === 'right') await upload(ctx, 'f', { name: 'both' });
    }
    const runOf = async (from: string, name: string): Promise<string> =>
      (await place.step(from).services.artifacts.find(name)).runId;
    expect(await runOf('root', 'deep')).toBe('deep');
    expect(await runOf('right', 'deep')).toBe('deep');
    expect(await runOf('deep', 'root')).toBe('root');
    expect(await runOf('deep', 'near')).toBe('left');
    expect(await runOf('right', 'near')).toBe('root');
    expect(await runOf('deep', 'both')).toBe('left');
    expect(await failureOf(place.step('root'), { op: 'list', name: 'both' })).toMatchObject({
      code: 'ARTIFACT_AMBIGUOUS',
      message: expect.stringContaining('runs left, right'),
    });
    expect(await failureOf(place.step('stranger'), { op: 'list', name: 'near' })).toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    });
    const fromStranger = await run(place.step('stranger'), { op: 'list', name: 'near', run: 'deep' });
    expect(fromStranger).toMatchObject([{ path: 'f', bytes: 4 }]);
    expect(await run(place.step('left'), { op: 'list' })).toMatchObject([
      { name: 'both', run: 'left' },
      { name: 'left', run: 'left' },
      { name: 'near', run: 'left' },
      { name: 'near', run: 'root' },
      { name: 'root', run: 'root' },
      {},
      {},
      {},
    ]);
  });
});

describe('secrets', () => {
  const secret = 'hunter2-very-secret';

  it('are not kept: the upload is refused, or they are masked', async () => {
    const place = await aPlace();
    const ctx = place.step('r1', 's', { secret });
    // Split over two pieces of a mebibyte, and encoded.
    const text = `${'x'.repeat(1024 * 1024 - 7)}${secret} ${Buffer.from(secret).toString('base64')}`;
    write(ctx, { 'd/config': text, 'd/fine': 'fine' });
    expect(await failureOf(ctx, { op: 'upload', name: 'a', paths: 'd' })).toMatchObject({
      code: 'ARTIFACT_SECRET',
      message: '"config" holds a secret of the run; leave it out, or let "secrets: mask" replace it by ***',
    });
    expect(await run(ctx, { op: 'list' })).toEqual([]);
    expect(await upload(ctx, ['d', '!d/config'])).toMatchObject({ files: 1 });
    await upload(ctx, 'd', { secrets: 'mask' });
    await run(ctx, { op: 'download', name: 'a', path: 'out' });
    expect(readFileSync(join(ctx.cwd, 'out/config'), 'utf8')).toMatch(/^x+\*\*\* \*\*\*/);
    for (const blob of blobsOf(place))
      expect(readFileSync(place.store.blobs.path(blob)).includes(secret)).toBe(false);
  });

  it('are not in names', async () => {
    const ctx = (await aPlace()).step('r1', 's', { secret });
    write(ctx, { [`d/${secret}`]: 'x', f: 'x' });
    for (const fields of [
      { name: 'a', paths: 'd' },
      { name: secret, paths: 'f' },
    ]) {
      const failure = await failureOf(ctx, { op: 'upload', ...fields });
      expect(failure).toMatchObject({ code: 'ARTIFACT_SECRET' });
      expect(failure.message).not.toContain(secret);
    }
  });
});

it('a large file is kept and given back without being held in memory', async () => {
  const place = await aPlace();
  const ctx = place.step('r1');
  writeFileSync(join(ctx.cwd, 'large'), 'begin');
  truncateSync(join(ctx.cwd, 'large'), 120 * 1024 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 5);
  await upload(ctx, 'large');
  await run(ctx, { op: 'download', name: 'a', path: 'out' });
  clearInterval(watch);
  expect(statSync(join(ctx.cwd, 'out/large')).size).toBe(120 * 1024 * 1024);
  expect(most).toBeLessThan(40 * 1024 * 1024);
});

describe('before the run', () => {
  const problemOf = (fields: Record<string, Json>) => artifact.check?.(fields, new Set());

  it('fields that are missing, or that have no meaning for an operation, are refused', () => {
    expect(problemOf({ op: 'upload', name: 'a' })).toEqual({
      field: 'op',
      message: 'op: upload needs "paths"',
    });
    expect(problemOf({ op: 'download', name: 'a' })).toMatchObject({ message: 'op: download needs "path"' });
    expect(problemOf({ op: 'download', name: 'a', path: 'x', paths: 'y' })).toMatchObject({ field: 'paths' });
    expect(problemOf({ op: 'upload', name: 'a', paths: 'x', run: 'r' })).toMatchObject({ field: 'run' });
    expect(problemOf({ op: 'list' })).toBeUndefined();
  });

  it('what it does, reads and writes can be told', () => {
    const fields: ArtifactFields = { op: 'upload', name: 'a', paths: ['dist', '!x'] };
    expect(artifact.describe?.(fields, undefined as never)).toBe('keep dist as artifact "a"');
    expect(artifact.permissions?.({ ...fields })).toEqual([{ to: 'read', what: 'dist' }]);
    expect(artifact.permissions?.({ op: 'download', name: 'a', path: 'o' })).toEqual([
      { to: 'write', what: 'o' },
    ]);
  });
});

it('runs its example', async () => {
  const result = await runExample('artifact');
  expect(result).toMatchObject({
    status: 'success',
    outputs: { files: ['app.js', 'bin/start'], again: 'hello' },
  });
});
