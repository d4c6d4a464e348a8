/**
 * Keeps a file step inside the run's folder: `..`, absolute paths and symbolic links are judged by where they really lead,
 * before a file is opened and again on what was opened, so that swapping a folder for a link in between gains nothing.
 */
import { constants, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';

export interface GuardedPath {
  /** As the author wrote it, for messages. */
  written: string;
  /** Absolute, free of symbolic links as far as it exists. */
  real: string;
  /** Real folder it must stay in; undefined when the step may go anywhere. */
  root: string | undefined;
}

export interface GuardOptions {
  cwd: string;
  allowOutsideCwd: boolean;
  /** The last part is meant itself, even when it is a link (delete). */
  linkItself?: boolean;
}

/** @throws {StepFailure} OUTSIDE_CWD, not retryable. */
export async function guardPath(written: string, options: GuardOptions): Promise<GuardedPath> {
  if (written.includes('\0')) throw new StepFailure('INVALID_PATH', 'a path holds a NUL character');
  const absolute = resolve(options.cwd, written);
  const root = options.allowOutsideCwd ? undefined : await realpath(options.cwd);
  const real = options.linkItself
    ? join(await realAsFarAsItExists(dirname(absolute)), basename(absolute))
    : await realAsFarAsItExists(absolute);
  const path = { written, real, root };
  assertInside(path, real);
  return path;
}

/** Checks that what was opened under `path.real` is still what lies there, inside the root. */
export async function assertOpened(path: GuardedPath, opened: { dev: number; ino: number }): Promise<void> {
  if (path.root === undefined) return;
  const now = await realpath(path.real);
  assertInside(path, now);
  const there = await stat(now);
  if (there.ino !== opened.ino || there.dev !== opened.dev) throw outside(path, now);
}

/** Checks that a folder is still inside the root. */
export async function assertFolderInside(path: GuardedPath, folder: string): Promise<void> {
  if (path.root !== undefined) assertInside(path, await realpath(folder));
}

/**
 * Holds a folder while something is changed in it. On Linux the folder is opened, judged by what was opened, and named
 * through its descriptor, so that replacing it by a link meanwhile has no effect; elsewhere it is judged before and after.
 * @param work gets the path to use for the folder.
 */
export async function withFolder<T>(
  path: GuardedPath,
  folder: string,
  work: (held: string) => Promise<T>,
): Promise<T> {
  if (process.platform !== 'linux' || path.root === undefined) {
    await assertFolderInside(path, folder);
    const result = await work(folder);
    await assertFolderInside(path, folder);
    return result;
  }
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const held = `/proc/self/fd/${handle.fd}`;
    assertInside(path, await readlink(held));
    return await work(held);
  } finally {
    await handle.close();
  }
}

function assertInside(path: GuardedPath, real: string): void {
  if (path.root === undefined || real === path.root) return;
  const way = relative(path.root, real);
  if (way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way) throw outside(path, real);
}

function outside(path: GuardedPath, real: string): StepFailure {
  return new StepFailure(
    'OUTSIDE_CWD',
    `"${path.written}" leads to ${real}, outside the run's folder ${path.root}; write "allowOutsideCwd: true" if that is meant`,
    { details: { path: path.written, real } },
  );
}

/** Resolves links of all parts that exist; a link to nowhere counts as its target, so that writing through it is judged too. */
async function realAsFarAsItExists(absolute: string, hops = 0): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
  const parent = dirname(absolute);
  if (parent === absolute) return absolute;
  const link = await linkTarget(absolute);
  if (link !== undefined && hops < 40)
    return realAsFarAsItExists(resolve(await realAsFarAsItExists(parent, hops), link), hops + 1);
  return join(await realAsFarAsItExists(parent, hops), basename(absolute));
}

async function linkTarget(path: string): Promise<string | undefined> {
  const info = await lstat(path).catch(() => undefined);
  return info?.isSymbolicLink() ? readlink(path) : undefined;
}

/** The errno name of a file system error, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
