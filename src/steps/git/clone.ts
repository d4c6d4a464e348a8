/** Clones into a folder beside the wanted one and renames it: what is there under its name is whole. */
import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { guardPath } from '../../services/files/guarded-path.ts';
import { type Remote, remoteOf } from '../../services/git/credential.ts';
import { type GitWorld, gitSays, gitText } from '../../services/git/run-git.ts';
import { type GitTask, headOf, needed } from './task.ts';

/** A clone of the same URL that is there already is taken as it is: a redone attempt finds what it made. */
export async function clone({ fields, ctx, world }: GitTask): Promise<JsonObject> {
  const written = path.join(fields.cwd ?? '.', needed(fields, 'path'));
  const { real: target } = await guardPath(written, { cwd: ctx.cwd, allowOutsideCwd: false });
  const remote = remoteOf(needed(fields, 'url'), fields.token);
  const there = await state(target, remote, world);
  if (there === 'other')
    throw new StepFailure(
      'GIT_PATH_EXISTS',
      `${target} exists and is no clone of ${remote.url}; choose another "path", or remove it`,
    );
  if (there === 'none') await cloneInto(target, remote, { fields, ctx, world });
  return { path: target, ...(await headOf({ ...world, cwd: target })), existing: there === 'same' };
}

async function state(target: string, remote: Remote, world: GitWorld): Promise<'none' | 'same' | 'other'> {
  try {
    if (!(await lstat(target)).isDirectory()) return 'other';
    if ((await readdir(target)).length === 0) return 'none';
  } catch {
    return 'none';
  }
  const inside = { ...world, cwd: target };
  if (!(await gitSays(['rev-parse', '--verify', 'HEAD'], inside))) return 'other';
  const top = (await gitText(['rev-parse', '--show-toplevel'], inside)).trim();
  if (top !== target || !(await gitSays(['remote', 'get-url', 'origin'], inside))) return 'other';
  return (await gitText(['remote', 'get-url', 'origin'], inside)).trim() === remote.url ? 'same' : 'other';
}

async function cloneInto(target: string, remote: Remote, { fields, world }: GitTask): Promise<void> {
  const { branch, depth } = fields;
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.cloning`);
  await mkdir(path.dirname(target), { recursive: true });
  // What a dead attempt left half done.
  await rm(draft, { recursive: true, force: true });
  const options = [
    ...(branch === undefined ? [] : ['--branch', branch]),
    ...(depth === undefined ? [] : ['--depth', String(depth)]),
  ];
  try {
    await gitText(['clone', '--no-progress', ...options, '--', remote.url, draft], {
      ...world,
      ...(remote.credential && { credential: remote.credential }),
    });
    await rmdir(target).catch(() => {});
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}
