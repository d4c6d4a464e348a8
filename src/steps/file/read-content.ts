/** Reading: small texts become a value, anything else a blob reference. */
import { isUtf8 } from 'node:buffer';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';
import type { StepContext } from '../define.ts';
import { assertOpened, type GuardedPath } from './guarded-path.ts';

/** Larger files are not held in memory. */
const MEMORY_LIMIT_BYTES = 10 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** Opens an existing regular file; O_NONBLOCK so that a FIFO does not block for ever before it is refused. */
export async function openRegular(path: GuardedPath): Promise<FileHandle> {
  const file = await open(path.real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const info = await file.stat();
    if (!info.isFile()) {
      throw new StepFailure(
        'NOT_A_FILE',
        `"${path.written}" is ${info.isDirectory() ? 'a folder' : 'no regular file'}`,
      );
    }
    await assertOpened(path, info);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The content as text (or base64); `{blob, bytes}` when it is over 10 MiB, or no UTF-8 and not asked for as base64. */
export async function readContent(
  path: GuardedPath,
  encoding: 'utf8' | 'base64',
  ctx: StepContext,
): Promise<Json> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size <= MEMORY_LIMIT_BYTES) {
      const content = await file.readFile();
      if (encoding === 'base64') return content.toString('base64');
      if (isUtf8(content)) return content.toString('utf8');
    }
    const sink = ctx.openBlob();
    try {
      await eachPiece(file, ctx.signal, async (piece) => sink.write(piece));
    } catch (error) {
      sink.abort();
      throw error;
    }
    return { ...sink.end() };
  } finally {
    await file.close();
  }
}

/** Visits the file from its beginning, piece by piece; a piece is only valid during its visit. */
export async function eachPiece(
  file: FileHandle,
  signal: AbortSignal,
  visit: (piece: Uint8Array) => Promise<unknown>,
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
