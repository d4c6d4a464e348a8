/** Removing a folder with all it holds, so that a folder in it that becomes a link meanwhile is never followed. */
import { constants } from 'node:fs';
import { lstat, open, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { codeOf } from './guarded-path.ts';
import { canHold, nameOfOpen } from './held-folder.ts';

const FOLDER_ITSELF = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** @param target a file, link or folder whose parent is held. Its absence is an error, ENOENT. */
export async function removeTree(target: string, signal?: AbortSignal): Promise<void> {
  if (!canHold()) return rm(target, { recursive: true });
  if (await removedAsFile(target)) return;
  const folder = await open(target, FOLDER_ITSELF);
  try {
    const held = nameOfOpen(folder);
    for (const name of await readdir(held)) {
      signal?.throwIfAborted();
      await removeTree(`${held}/${name}`, signal).catch(ignoreMissing);
    }
  } finally {
    await folder.close();
  }
  await rmdir(target);
}

/** Removes what is no folder. @returns false for a folder. */
export async function removedAsFile(target: string): Promise<boolean> {
  try {
    await unlink(target);
    return true;
  } catch (error) {
    // Of a folder Linux says EISDIR and POSIX EPERM, which may also mean what it says.
    if (codeOf(error) === 'EISDIR') return false;
    if (codeOf(error) === 'EPERM' && (await lstat(target)).isDirectory()) return false;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
