/**
 * Keeps what a workflow does with files inside the run's folder: `..`, absolute paths and symbolic links are judged by where
 * they really lead, here before a file is opened, and in `held-folder.ts` and `open-regular.ts` again on what was opened.
 */
import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
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
  /** Where relative paths begin, and what must not be left. */
  cwd: string;
  allowOutsideCwd: boolean;
  /** The last part is meant itself, even when it is a link (delete). */
  linkItself?: boolean;
}

/** @throws {StepFailure} OUTSIDE_CWD, INVALID_PATH, not retryable. */
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

/**
 * @param real where it really is, free of links.
 * @throws {StepFailure} OUTSIDE_CWD
 */
export function assertInside(path: GuardedPath, real: string): void {
  if (path.root === undefined || real === path.root) return;
  const way = relative(path.root, real);
  if (!isAbsolute(real) || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new StepFailure(
      'OUTSIDE_CWD',
      `"${path.written}" leads to ${real}, outside the run's folder ${path.root}; write "allowOutsideCwd: true" if that is meant`,
      { details: { path: path.written, real } },
    );
  }
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
