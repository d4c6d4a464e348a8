/** Writing so that a reader, or a crash, sees the old file or the new one and never a part: temporary file, fsync, rename. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GuardedPath } from './guarded-path.ts';
import { withFolder } from './held-folder.ts';

/** Never follow a link at the last part, never reuse a file somebody put there. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Makes missing folders, then replaces the file. An existing file keeps its permissions.
 * @param fill writes the content into the temporary file.
 * @param options `beforeReplacing` is asked last, with the path by which the file can be looked at; what it throws leaves
 * everything as it was. `mode`: permissions of the result. @default those of the file it replaces
 * @returns bytes written.
 */
export async function atomicWrite(
  path: GuardedPath,
  fill: (file: FileHandle) => Promise<void>,
  options: { beforeReplacing?: (target: string) => Promise<void>; mode?: number } = {},
): Promise<number> {
  const name = basename(path.real);
  const replace = async (held: string): Promise<number> => {
    const target = join(held, name);
    const mode = options.mode ?? (await modeOf(target));
    const temporary = join(held, `.${name.slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
    const file = await open(temporary, CREATE, 0o666);
    try {
      await fill(file);
      if (mode !== undefined) await file.chmod(mode);
      await file.sync();
      const { size } = await file.stat();
      await file.close();
      await options.beforeReplacing?.(target);
      await rename(temporary, target);
      await syncFolder(held);
      return size;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  };
  return withFolder(path, dirname(path.real), replace, { make: true });
}

async function modeOf(target: string): Promise<number | undefined> {
  const info = await lstat(target).catch(() => undefined);
  return info?.isFile() ? info.mode & 0o7777 : undefined;
}

/** A new name, or that one is gone, must survive a power cut itself. Not every system lets folders be synced. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows.
  }
}
