/** Working trees beside a repository: written down before they are made, so that they go with their run whatever happens. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { guardPath } from '../../services/files/guarded-path.ts';
import { type GitWorld, gitSays, gitText } from '../../services/git/run-git.ts';
import { type GitTask, headOf, needed } from './task.ts';

const keyOf = (target: string): string => `worktree ${target}`;

export async function addWorktree(task: GitTask): Promise<JsonObject> {
  const { fields, ctx, world } = task;
  const branch = needed(fields, 'branch');
  const target = await targetOf(task);
  const repository = (
    await gitText(['rev-parse', '--path-format=absolute', '--git-common-dir'], world)
  ).trim();
  if (await isTreeOf(target, repository, branch, world))
    return { path: target, ...(await headOf({ ...world, cwd: target })) };
  if (existsSync(target))
    throw new StepFailure(
      'GIT_PATH_EXISTS',
      `${target} exists and is no working tree of ${branch}; choose another "path"`,
    );
  if (fields.cleanup !== false) await ctx.leave(keyOf(target), { repository, path: target });
  const isNew =
    fields.create === true &&
    !(await gitSays(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], world));
  await gitText(
    [
      'worktree',
      'add',
      ...(isNew ? ['-b', branch, '--', target, fields.from ?? 'HEAD'] : ['--', target, branch]),
    ],
    world,
  );
  return { path: target, ...(await headOf({ ...world, cwd: target })) };
}

export async function removeWorktree(task: GitTask): Promise<JsonObject> {
  const { fields, ctx, world } = task;
  const target = await targetOf(task);
  const removed = existsSync(target);
  if (removed)
    await gitText(['worktree', 'remove', ...(fields.force === true ? ['--force'] : []), '--', target], world);
  await gitText(['worktree', 'prune'], world);
  ctx.left(keyOf(target));
  return { path: target, removed };
}

/** After the run: its changes that were not committed go with it. */
export async function cleanWorktree(what: Json): Promise<void> {
  if (what === null || typeof what !== 'object' || Array.isArray(what)) return;
  const { repository, path: target } = what;
  if (typeof repository !== 'string' || typeof target !== 'string' || !existsSync(repository)) return;
  const world: GitWorld = {
    cwd: repository,
    env: { PATH: process.env.PATH ?? '' },
    signal: AbortSignal.timeout(60_000),
    openBlob: () => {
      throw new Error('git worktree prints little');
    },
  };
  if (existsSync(target)) await gitText(['worktree', 'remove', '--force', '--force', '--', target], world);
  await gitText(['worktree', 'prune'], world);
}

async function targetOf({ fields, ctx }: GitTask): Promise<string> {
  const written = path.join(fields.cwd ?? '.', needed(fields, 'path'));
  return (await guardPath(written, { cwd: ctx.cwd, allowOutsideCwd: false })).real;
}

async function isTreeOf(
  target: string,
  repository: string,
  branch: string,
  world: GitWorld,
): Promise<boolean> {
  if (!existsSync(path.join(target, '.git'))) return false;
  const inside = { ...world, cwd: target };
  if (!(await gitSays(['rev-parse', '--verify', '--quiet', 'HEAD'], inside))) return false;
  const common = (await gitText(['rev-parse', '--path-format=absolute', '--git-common-dir'], inside)).trim();
  return common === repository && (await headOf(inside)).branch === branch;
}
