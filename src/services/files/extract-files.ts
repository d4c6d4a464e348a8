/** Writing the files of an artifact into a folder: each atomically, none outside of it, none whose content was damaged. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, realpath } from 'node:fs/promises';
import { StepFailure } from '../../kernel/failure.ts';
import { atomicWrite } from './atomic-write.ts';
import { type GuardedPath, type GuardOptions, guardPath } from './guarded-path.ts';
import { withFolder } from './held-folder.ts';

export interface ExtractedFile {
  /** Below the folder, with `/`. */
  path: string;
  executable: boolean;
  /** In hex. */
  sha256: string;
  /** Where its content is. */
  location: string;
}

const PIECE_BYTES = 1024 * 1024;

/**
 * Makes the folder when it is missing. Files that are there already are replaced, others stay.
 * @param folder relative to the guard's `cwd`.
 * @throws {StepFailure} OUTSIDE_CWD, ARTIFACT_PATH, ARTIFACT_DAMAGED
 */
export async function extractFiles(
  files: readonly ExtractedFile[],
  folder: string,
  { signal, ...guard }: GuardOptions & { signal: AbortSignal },
): Promise<void> {
  const target = await guardPath(folder, guard);
  await withFolder(target, target.real, async () => {}, { make: true });
  const root = await realpath(target.real);
  for (const file of files) {
    signal.throwIfAborted();
    const path = await inside(file.path, root, folder);
    const mode = (file.executable ? 0o777 : 0o666) & ~process.umask();
    await atomicWrite(path, (handle) => copyChecked(file, handle, signal), { mode });
  }
}

/** Neither its name nor a link in the folder may lead out of it. */
async function inside(written: string, root: string, folder: string): Promise<GuardedPath> {
  try {
    const path = await guardPath(written, { cwd: root, allowOutsideCwd: false });
    if (path.real !== root) return path;
  } catch (error) {
    if (!(error instanceof StepFailure) || error.code !== 'OUTSIDE_CWD') throw error;
  }
  throw new StepFailure('ARTIFACT_PATH', `"${written}" would not be written below "${folder}"`, {
    details: { path: written, folder },
  });
}

async function copyChecked(
  { path, sha256, location }: ExtractedFile,
  target: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  const pieces: AsyncIterable<Buffer> = createReadStream(location, { highWaterMark: PIECE_BYTES, signal });
  for await (const piece of pieces) {
    hash.update(piece);
    await target.writeFile(piece);
  }
  if (hash.digest('hex') === sha256) return;
  throw new StepFailure('ARTIFACT_DAMAGED', `the stored content of "${path}" is damaged (${location})`, {
    details: { path },
  });
}
