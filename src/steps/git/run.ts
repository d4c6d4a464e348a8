/** One attempt of a git step: finds the repository, then does one operation, each in a file of its own kind of work. */
import { StepFailure } from '../../kernel/failure.ts';
import { guardPath } from '../../services/files/guarded-path.ts';
import { remoteOf } from '../../services/git/credential.ts';
import { type GitWorld, gitText } from '../../services/git/run-git.ts';
import type { StepContext, StepResult } from '../define.ts';
import { clone } from './clone.ts';
import { commit } from './commit.ts';
import { diff } from './diff.ts';
import { status } from './status.ts';
import { type GitFields, type GitTask, headOf, needed } from './task.ts';
import { addWorktree, removeWorktree } from './worktree.ts';

/** @throws {StepFailure} FIELD_MISSING, INVALID_REF, GIT_PATH_EXISTS, and those of `runGit` and `guardPath`. */
export async function runGitStep(fields: GitFields, ctx: StepContext): Promise<StepResult> {
  for (const name of ['branch', 'from', 'to', 'remote', 'url'] as const) refuseOption(name, fields[name]);
  const { real } = await guardPath(fields.cwd ?? '.', { cwd: ctx.cwd, allowOutsideCwd: false });
  const world: GitWorld = {
    cwd: real,
    env: ctx.processEnv,
    signal: ctx.signal,
    openBlob: () => ctx.openBlob(),
    onTold: (chunk) => ctx.log.output('stderr', chunk),
    onStart: (pid) => ctx.processStarted(pid),
  };
  const task: GitTask = { fields, ctx, world };
  switch (fields.op) {
    case 'clone':
      return { output: await clone(task) };
    case 'checkout':
      return { output: await checkout(task) };
    case 'pull':
      return { output: await pull(task) };
    case 'push':
      return { output: await push(task) };
    case 'commit':
      return { output: await commit(task) };
    case 'worktree_add':
      return { output: await addWorktree(task) };
    case 'worktree_remove':
      return { output: await removeWorktree(task) };
    case 'diff':
      return { output: await diff(task) };
    case 'status':
      return { output: await status(world) };
    default:
      return fields.op satisfies never;
  }
}

/** What begins with "-" would be an option of git. */
function refuseOption(name: string, value: string | undefined): void {
  if (value?.startsWith('-'))
    throw new StepFailure('INVALID_REF', `"${name}" must not begin with "-": ${JSON.stringify(value)}`);
}

async function checkout({ fields, world }: GitTask) {
  const branch = needed(fields, 'branch');
  if (fields.create === true && !(await isThere(branch, world)))
    await gitText(['checkout', '-b', branch, fields.from ?? 'HEAD', '--'], world);
  else await gitText(['checkout', branch, '--'], world);
  return headOf(world);
}

const isThere = async (branch: string, world: GitWorld): Promise<boolean> =>
  (await gitText(
    ['branch', '--list', '--all', '--format=%(refname:lstrip=2)', branch, `origin/${branch}`],
    world,
  )) !== '';

async function pull({ fields, world }: GitTask) {
  const { remote = 'origin', branch } = fields;
  const from = await withLogin(world, remote, fields.token);
  await gitText(['pull', '--ff-only', remote, ...(branch === undefined ? [] : [branch])], from);
  return headOf(world);
}

async function push({ fields, world }: GitTask) {
  const { remote = 'origin', force } = fields;
  const to = await withLogin(world, remote, fields.token);
  const branch = fields.branch ?? (await headOf(world)).branch;
  if (branch === null)
    throw new StepFailure('FIELD_MISSING', 'git push needs "branch": HEAD is at no branch');
  const lease = force === true ? ['--force-with-lease'] : [];
  await gitText(['push', ...lease, remote, `refs/heads/${branch}:refs/heads/${branch}`], to);
  const commit = (await gitText(['rev-parse', `refs/heads/${branch}`], world)).trim();
  return { remote, branch, commit };
}

async function withLogin(world: GitWorld, remote: string, token: string | undefined): Promise<GitWorld> {
  if (token === undefined) return world;
  const { credential } = remoteOf((await gitText(['remote', 'get-url', remote], world)).trim(), token);
  return credential === undefined ? world : { ...world, credential };
}
