/** The git kind against real repositories, a real HTTP server that wants a password, and deaths in between. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Json } from '../../src/kernel/json.ts';
import { checkGit } from '../../src/steps/git/check.ts';
import { git } from '../../src/steps/git/index.ts';
import { parseStatus } from '../../src/steps/git/status.ts';
import { type TestContext, testContext } from './context.ts';
import { runExample } from './run-example.ts';

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };

const sh = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@b.c', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

/** A context whose folder holds a repository `repo` with one commit, and `origin.git` it was pushed to. */
function withRepository(notes?: readonly Json[]): TestContext {
  const ctx = testContext({ ...(notes && { notes }) });
  sh(ctx.cwd, 'init', '--quiet', '--bare', '--initial-branch=main', 'origin.git');
  sh(ctx.cwd, 'clone', '--quiet', join(ctx.cwd, 'origin.git'), 'repo');
  const repo = join(ctx.cwd, 'repo');
  sh(repo, 'checkout', '--quiet', '-b', 'main');
  writeFileSync(join(repo, 'a.txt'), 'one\n');
  sh(repo, 'add', '--all');
  sh(repo, 'commit', '--quiet', '--message', 'first');
  sh(repo, 'push', '--quiet', 'origin', 'main');
  return ctx;
}
const run = async (ctx: TestContext, fields: object): Promise<Record<string, Json>> =>
  (await git.run?.(fields as never, ctx))?.output as never;

describe('clone', () => {
  it('gives a whole clone or nothing, and takes the one it made before', async () => {
    const ctx = withRepository();
    const url = join(ctx.cwd, 'origin.git');
    mkdirSync(join(ctx.cwd, '.app.cloning/half'), { recursive: true });
    const made = await run(ctx, { op: 'clone', url, path: 'app', depth: 1 });
    expect(made).toEqual({
      path: join(ctx.cwd, 'app'),
      branch: 'main',
      commit: sh(join(ctx.cwd, 'repo'), 'rev-parse', 'HEAD'),
      existing: false,
    });
    expect(existsSync(join(ctx.cwd, '.app.cloning'))).toBe(false);
    expect(await run(ctx, { op: 'clone', url, path: 'app' })).toMatchObject({ existing: true });
  });

  it('never replaces what is something else', async () => {
    const ctx = withRepository();
    writeFileSync(join(ctx.cwd, 'file'), '');
    mkdirSync(join(ctx.cwd, 'folder/x'), { recursive: true });
    for (const path of ['file', 'folder', 'repo'])
      await expect(run(ctx, { op: 'clone', url: 'https://example.org/x.git', path })).rejects.toMatchObject({
        code: 'GIT_PATH_EXISTS',
      });
  });

  it.each([
    ['../outside', 'OUTSIDE_CWD'],
    ['/tmp/elsewhere', 'OUTSIDE_CWD'],
  ])('refuses to clone into %s', async (path, code) => {
    const ctx = withRepository();
    await expect(run(ctx, { op: 'clone', url: 'origin.git', cwd: path, path: 'x' })).rejects.toMatchObject({
      code,
    });
  });

  it('a transport that is a program, or an option for a URL, runs nothing', async () => {
    const ctx = withRepository();
    const touched = join(ctx.cwd, 'touched');
    await expect(run(ctx, { op: 'clone', url: `ext::touch ${touched}`, path: 'x' })).rejects.toMatchObject({
      code: 'GIT_FAILED',
    });
    await expect(
      run(ctx, { op: 'clone', url: `--upload-pack=touch ${touched}`, path: 'x' }),
    ).rejects.toMatchObject({
      code: 'INVALID_REF',
    });
    expect(existsSync(touched)).toBe(false);
  });
});

describe('credentials', () => {
  async function server() {
    const seen: (string | undefined)[] = [];
    const listening = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('no');
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void listening.close());
    return { seen, host: `127.0.0.1:${(listening.address() as AddressInfo).port}` };
  }
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([
    [(host: string) => `http://ada:pass%20word@${host}/x.git`, undefined, 'ada:pass word'],
    [(host: string) => `http://${host}/x.git`, 'tok-42', 'x-access-token:tok-42'],
    [(host: string) => `http://bot@${host}/x.git`, 'tok-42', 'bot:tok-42'],
  ])('are sent, asked for by nobody, and shown nowhere', async (urlOf, token, sent) => {
    const { seen, host } = await server();
    const ctx = testContext();
    const failure: Error = await run(ctx, {
      op: 'clone',
      url: urlOf(host),
      path: 'x',
      ...(token && { token }),
    }).then(
      () => new Error('it worked'),
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'GIT_LOGIN', retryable: false });
    expect(seen).toContain(basic(sent));
    const told = `${failure.message}${ctx.streamed.stderr}${JSON.stringify(failure)}`;
    expect(told).not.toMatch(/pass(%20| )word|tok-42/);
    expect(existsSync(join(ctx.cwd, 'x'))).toBe(false);
    expect(git.describe?.({ op: 'clone', url: urlOf(host), path: 'x' })).not.toMatch(/pass/);
  });

  it('a remote that wants a login nobody gave fails at once', async () => {
    const { host } = await server();
    await expect(
      run(testContext(), { op: 'clone', url: `http://${host}/x.git`, path: 'x' }),
    ).rejects.toMatchObject({
      code: 'GIT_LOGIN',
    });
  });
});

describe('commit', () => {
  it('commits all changes, some of them, or says that there are none', async () => {
    const ctx = withRepository();
    const repo = join(ctx.cwd, 'repo');
    writeFileSync(join(repo, 'b c.txt'), 'x');
    writeFileSync(join(repo, 'a.txt'), 'two\n');
    const commit = { op: 'commit', cwd: 'repo', author: AUTHOR };
    expect(
      await run(ctx, { ...commit, message: '-m only one\n\nbody # kept', paths: ['b c.txt'] }),
    ).toMatchObject({
      committed: true,
    });
    expect(sh(repo, 'log', '-1', '--format=%an <%ae>%n%B')).toBe(
      'Ada <ada@example.org>\n-m only one\n\nbody # kept',
    );
    expect(sh(repo, 'status', '--porcelain')).toBe('M a.txt');
    await run(ctx, { ...commit, message: 'rest' });
    expect(sh(repo, 'status', '--porcelain')).toBe('');
    const head = sh(repo, 'rev-parse', 'HEAD');
    expect(await run(testlike(ctx), { ...commit, message: 'more' })).toEqual({
      committed: false,
      commit: head,
    });
  });

  /** The same folder, a step of its own. */
  const testlike = (ctx: TestContext): TestContext => ({ ...testContext(), cwd: ctx.cwd });

  it('that a dead attempt made is not made again', async () => {
    const ctx = withRepository();
    const repo = join(ctx.cwd, 'repo');
    const before = sh(repo, 'rev-parse', 'HEAD');
    writeFileSync(join(repo, 'a.txt'), 'two\n');
    const fields = { op: 'commit', cwd: 'repo', author: AUTHOR, message: 'once' };
    const made = await run(ctx, fields);
    const redone = { ...testContext({ notes: [{ commitsOn: before }] }), cwd: ctx.cwd };
    expect(await run(redone, fields)).toEqual(made);
    expect(sh(repo, 'rev-list', '--count', 'HEAD')).toBe('2');
    writeFileSync(join(repo, 'a.txt'), 'three\n');
    const notMade = { ...testContext({ notes: [{ commitsOn: String(made.commit) }] }), cwd: ctx.cwd };
    expect(await run(notMade, fields)).toMatchObject({ committed: true });
    expect(sh(repo, 'rev-list', '--count', 'HEAD')).toBe('3');
  });
});

describe('branches and remotes', () => {
  it('checks out, makes branches, pushes and pulls', async () => {
    const ctx = withRepository();
    const repo = join(ctx.cwd, 'repo');
    expect(await run(ctx, { op: 'checkout', cwd: 'repo', branch: 'side', create: true })).toMatchObject({
      branch: 'side',
    });
    expect(await run(ctx, { op: 'checkout', cwd: 'repo', branch: 'side', create: true })).toMatchObject({
      branch: 'side',
    });
    writeFileSync(join(repo, 'a.txt'), 'side\n');
    await run(ctx, { op: 'commit', cwd: 'repo', message: 'side', author: AUTHOR });
    const pushed = await run(ctx, { op: 'push', cwd: 'repo' });
    expect(pushed).toEqual({ remote: 'origin', branch: 'side', commit: sh(repo, 'rev-parse', 'HEAD') });
    expect(sh(join(ctx.cwd, 'origin.git'), 'rev-parse', 'side')).toBe(pushed.commit);
    await run(ctx, { op: 'clone', url: join(ctx.cwd, 'origin.git'), path: 'other', branch: 'side' });
    sh(repo, 'commit', '--quiet', '--allow-empty', '--message', 'more');
    await run(ctx, { op: 'push', cwd: 'repo', branch: 'side' });
    expect(await run(ctx, { op: 'pull', cwd: 'other' })).toEqual({
      branch: 'side',
      commit: sh(repo, 'rev-parse', 'HEAD'),
    });
    const detached = await run(ctx, { op: 'checkout', cwd: 'repo', branch: String(pushed.commit) });
    expect(detached).toEqual({ branch: null, commit: pushed.commit });
    await expect(run(ctx, { op: 'push', cwd: 'repo' })).rejects.toMatchObject({ code: 'FIELD_MISSING' });
  });

  it('a branch or ref that would be an option is refused; one that is not there is told', async () => {
    const ctx = withRepository();
    await expect(run(ctx, { op: 'checkout', cwd: 'repo', branch: '--orphan' })).rejects.toMatchObject({
      code: 'INVALID_REF',
    });
    await expect(run(ctx, { op: 'checkout', cwd: 'repo', branch: 'nowhere' })).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('nowhere'),
    });
  });
});

describe('working trees', () => {
  it('are written down before they are made, found again, and cleaned up with what is in them', async () => {
    const ctx = withRepository();
    const fields = { op: 'worktree_add', cwd: 'repo', path: '../tree', branch: 'work', create: true };
    const tree = await run(ctx, fields);
    expect(tree).toMatchObject({ path: join(ctx.cwd, 'tree'), branch: 'work' });
    expect(await run(ctx, fields)).toEqual(tree);
    writeFileSync(join(ctx.cwd, 'tree/new.txt'), 'x');
    const [what = null] = ctx.leftovers.values();
    await git.cleanUp?.(what);
    expect(existsSync(join(ctx.cwd, 'tree'))).toBe(false);
    expect(sh(join(ctx.cwd, 'repo'), 'branch', '--list', 'work')).toContain('work');
    await git.cleanUp?.(what);
    rmSync(join(ctx.cwd, 'repo'), { recursive: true });
    await git.cleanUp?.(what);
  });

  it('removed by a step leave nothing to clean up; those with changes only by force', async () => {
    const ctx = withRepository();
    await run(ctx, { op: 'worktree_add', cwd: 'repo', path: '../tree', branch: 'work', create: true });
    writeFileSync(join(ctx.cwd, 'tree/a.txt'), 'changed');
    const remove = { op: 'worktree_remove', cwd: 'repo', path: '../tree' };
    await expect(run(ctx, remove)).rejects.toMatchObject({ code: 'GIT_FAILED' });
    expect(ctx.leftovers.size).toBe(1);
    expect(await run(ctx, { ...remove, force: true })).toMatchObject({ removed: true });
    expect(await run(ctx, remove)).toMatchObject({ removed: false });
    expect(ctx.leftovers.size).toBe(0);
    await run(ctx, { op: 'worktree_add', cwd: 'repo', path: '../kept', branch: 'work', cleanup: false });
    expect(ctx.leftovers.size).toBe(0);
  });
});

describe('looking', () => {
  it('diff tells of files git does not know, and changes nothing', async () => {
    const ctx = withRepository();
    const repo = join(ctx.cwd, 'repo');
    writeFileSync(join(repo, 'a.txt'), 'two\n');
    writeFileSync(join(repo, 'ü new.txt'), 'x\ny\n');
    writeFileSync(join(repo, 'bytes'), Buffer.from([0, 1, 2]));
    const before = sh(repo, 'status', '--porcelain');
    const { diff, files } = await run(ctx, { op: 'diff', cwd: 'repo' });
    expect(files).toEqual([
      { path: 'a.txt', additions: 1, deletions: 1 },
      { path: 'bytes', additions: null, deletions: null },
      { path: 'ü new.txt', additions: 2, deletions: 0 },
    ]);
    expect(diff).toContain('-one\n+two');
    expect(sh(repo, 'status', '--porcelain')).toBe(before);
    expect((await run(ctx, { op: 'diff', cwd: 'repo', paths: ['bytes'] })).files).toHaveLength(1);
  });

  it('diff between two commits follows a renamed file', async () => {
    const ctx = withRepository();
    const repo = join(ctx.cwd, 'repo');
    sh(repo, 'mv', 'a.txt', 'b.txt');
    sh(repo, 'commit', '--quiet', '--message', 'moved');
    const { files } = await run(ctx, { op: 'diff', cwd: 'repo', from: 'HEAD~1', to: 'HEAD' });
    expect(files).toEqual([{ path: 'b.txt', from: 'a.txt', additions: 0, deletions: 0 }]);
  });

  it('status tells branch, distance and files', async () => {
    const ctx = withRepository();
    const repo = join(ctx.cwd, 'repo');
    sh(repo, 'commit', '--quiet', '--allow-empty', '--message', 'ahead');
    sh(repo, 'branch', '--quiet', '--set-upstream-to=origin/main');
    writeFileSync(join(repo, 'with space.txt'), '');
    sh(repo, 'mv', 'a.txt', 'moved file.txt');
    expect(await run(ctx, { op: 'status', cwd: 'repo' })).toEqual({
      branch: 'main',
      commit: sh(repo, 'rev-parse', 'HEAD'),
      upstream: 'origin/main',
      ahead: 1,
      behind: 0,
      clean: false,
      files: [
        { path: 'moved file.txt', status: 'renamed', staged: true, from: 'a.txt' },
        { path: 'with space.txt', status: 'untracked', staged: false },
      ],
    });
  });

  it('status of a repository without commits, and of a conflict', () => {
    expect(parseStatus('# branch.oid (initial)\0# branch.head main\0')).toMatchObject({
      branch: 'main',
      commit: null,
      clean: true,
    });
    expect(parseStatus('u UU N... 1 2 3 4 a b c the file\0').files).toEqual([
      { path: 'the file', status: 'conflict', staged: false },
    ]);
  });
});

it.each([
  [{ op: 'clone', url: 'x' }, 'op', 'needs "path"'],
  [{ op: 'status', message: 'x' }, 'message', 'no meaning for op: status'],
])('%j is refused before it runs', (written, field, message) => {
  expect(checkGit(written, new Set())).toMatchObject({ field, message: expect.stringContaining(message) });
});

it('outside a repository it says so', async () => {
  await expect(run(testContext(), { op: 'status' })).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: expect.stringContaining('not a git repository'),
  });
});

it('git leaves the branch and takes the tree away in its example', async () => {
  const result = await runExample('git');
  expect(result).toMatchObject({
    status: 'success',
    outputs: { changed: ['greeting.txt'], on: true, clean: true },
  });
  expect(readFileSync(new URL('../../examples/steps/git.yaml', import.meta.url), 'utf8')).toContain(
    'worktree_add',
  );
});
