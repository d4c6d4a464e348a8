/**
 * A folder that is held open while something is done in it, so that replacing it by a link meanwhile has no effect: it is
 * judged by what was opened, not by its name. Only Linux can name what is open; elsewhere it is judged before and after.
 */
import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { assertInside, codeOf, type GuardedPath } from './guarded-path.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/** Whether open files have names below `/proc`. */
export const canHold = (): boolean => process.platform === 'linux' && existsSync('/proc/self/fd');

/** Name of what is open, whatever has become of its path. Only where `canHold`. */
export const nameOfOpen = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;

/**
 * @param folder absolute, free of links, as `GuardedPath.real` and its parents are.
 * @param work gets the path to use for the folder.
 * @param options `make`: missing folders are made, and are on the disk when `work` begins.
 * @throws {StepFailure} OUTSIDE_CWD; what the system says when there is no such folder.
 */
export async function withFolder<T>(
  path: GuardedPath,
  folder: string,
  work: (held: string) => Promise<T>,
  options: { make?: boolean } = {},
): Promise<T> {
  if (path.root === undefined || !canHold()) {
    if (options.make) await mkdir(folder, { recursive: true });
    await assertFolderInside(path, folder);
    const result = await work(folder);
    await assertFolderInside(path, folder);
    return result;
  }
  const handle = await openFolder(path, folder, options.make ?? false);
  try {
    return await work(nameOfOpen(handle));
  } finally {
    await handle.close();
  }
}

async function openFolder(path: GuardedPath, folder: string, make: boolean): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(folder, FOLDER);
  } catch (error) {
    if (!make || path.root === undefined || codeOf(error) !== 'ENOENT') throw error;
    return makeFolders(path.root, folder);
  }
  try {
    assertInside(path, await readlink(nameOfOpen(handle)));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** From the root down, each opened within the one before and never through a link. */
async function makeFolders(root: string, folder: string): Promise<FileHandle> {
  let held = await open(root, FOLDER);
  for (const part of relative(root, folder).split(sep)) {
    const parent = held;
    try {
      const child = `${nameOfOpen(parent)}/${part}`;
      if (await makeFolder(child)) await parent.sync();
      held = await open(child, FOLDER | constants.O_NOFOLLOW);
    } finally {
      await parent.close();
    }
  }
  return held;
}

/** @returns whether it is new. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function assertFolderInside(path: GuardedPath, folder: string): Promise<void> {
  if (path.root !== undefined) assertInside(path, await realpath(folder));
}
