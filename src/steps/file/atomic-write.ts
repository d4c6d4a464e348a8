/** Writing so that a reader, or a crash, sees the old file or the new one and never a part: temporary file, fsync, rename. */
import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type GuardedPath, withFolder } from './guarded-path.ts';

/** Never follow a link at the last part, never reuse a file somebody put there. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Makes missing folders, then replaces the file. An existing file keeps its permissions.
 * @param fill writes the content into the temporary file.
 * @returns bytes written.
 */
export async function atomicWrite(
  path: GuardedPath,
  fill: (file: FileHandle) => Promise<void>,
): Promise<number> {
  const folder = dirname(path.real);
  await mkdir(folder, { recursive: true });
  const name = basename(path.real);
  return withFolder(path, folder, async (held) => {
    const mode = (await stat(join(held, name)).catch(() => undefined))?.mode;
    const temporary = join(held, `.${name.slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
    const file = await open(temporary, CREATE, 0o666);
    try {
      await fill(file);
      if (mode !== undefined) await file.chmod(mode & 0o7777);
      await file.sync();
      const { size } = await file.stat();
      await file.close();
      await rename(temporary, join(held, name));
      await syncFolder(held);
      return size;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  });
}

/** The new name itself must survive a power cut. Not every system lets folders be synced. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows.
  }
}
