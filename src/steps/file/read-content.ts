/** Reading: small texts become a value, anything else a blob reference. */
import { isUtf8 } from 'node:buffer';
import type { Json } from '../../kernel/json.ts';
import type { GuardedPath } from '../../services/files/guarded-path.ts';
import { eachPiece, openRegular } from '../../services/files/open-regular.ts';
import type { StepContext } from '../define.ts';

/** Larger files are not held in memory. */
const MEMORY_LIMIT_BYTES = 10 * 1024 * 1024;

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
      await eachPiece(file, ctx.signal, (piece) => sink.write(piece));
    } catch (error) {
      sink.abort();
      throw error;
    }
    return { ...sink.end() };
  } finally {
    await file.close();
  }
}
