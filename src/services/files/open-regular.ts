/** Opening a regular file that must be inside the run's folder: judged by what was opened, not by its name. */
import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { StepFailure } from '../../kernel/failure.ts';
import { assertInside, type GuardedPath } from './guarded-path.ts';
import { canHold, nameOfOpen } from './held-folder.ts';

const PIECE_BYTES = 1024 * 1024;

/**
 * O_NONBLOCK, so that a FIFO does not block for ever before it is refused.
 * @param flags further flags of open(2). @default O_RDONLY
 * @throws {StepFailure} NOT_A_FILE, OUTSIDE_CWD; what the system says when it cannot be opened.
 */
export async function openRegular(
  path: GuardedPath,
  flags: number = constants.O_RDONLY,
): Promise<FileHandle> {
  const file = await open(path.real, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const info = await file.stat();
    if (!info.isFile()) {
      throw new StepFailure(
        'NOT_A_FILE',
        `"${path.written}" is ${info.isDirectory() ? 'a folder' : 'no regular file'}`,
      );
    }
    await assertOpenedInside(path, file);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Visits the file from its beginning, piece by piece; a piece is only valid during its visit. */
export async function eachPiece(
  file: FileHandle,
  signal: AbortSignal,
  visit: (piece: Uint8Array) => Promise<unknown> | unknown,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    await visit(buffer.subarray(0, bytesRead));
  }
}

/** Where open files have no names: that what lies there now, inside, is what was opened. */
async function assertOpenedInside(path: GuardedPath, file: FileHandle): Promise<void> {
  if (path.root === undefined) return;
  if (canHold()) return assertInside(path, await readlink(nameOfOpen(file)));
  const opened = await file.stat();
  const real = await realpath(path.real);
  assertInside(path, real);
  const there = await stat(real);
  if (there.ino === opened.ino && there.dev === opened.dev) return;
  throw new StepFailure('OUTSIDE_CWD', `"${path.written}" was replaced while it was opened`, {
    details: { path: path.written, real },
  });
}
