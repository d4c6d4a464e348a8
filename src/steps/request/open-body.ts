/** The bytes of a body: in memory, or streamed from files that stay open, and as long as announced, until it is sent. */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { RequestBody } from '../../services/http/http-request.ts';
import type { BodyPlan, FilePart, Part } from './request-body.ts';

export interface OpenedBody {
  content: RequestBody;
  contentType: string;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The author's own `content-type`; the boundary of a multipart form is ours. */
  contentType: string | undefined;
  /** A regular file the author may read. @throws {StepFailure} */
  openFile(written: string): Promise<FileHandle>;
}

const PIECE_BYTES = 256 * 1024;

/** @throws {StepFailure} those of `openFile`; while sending FILE_CHANGED (retryable). */
export async function openBody(
  plan: BodyPlan | undefined,
  options: OpenOptions,
): Promise<OpenedBody | undefined> {
  switch (plan?.kind) {
    case undefined:
      return undefined;
    case 'text':
      return {
        content: Buffer.from(plan.content, 'utf8'),
        contentType: options.contentType ?? plan.contentType,
        close: async () => {},
      };
    case 'file': {
      const contentType = options.contentType ?? plan.part.contentType ?? 'application/octet-stream';
      return stream([plan.part], contentType, options);
    }
    case 'multipart': {
      const boundary = `keystone-${randomBytes(16).toString('hex')}`;
      return stream(framed(plan.parts, boundary), `multipart/form-data; boundary=${boundary}`, options);
    }
    default:
      return plan satisfies never;
  }
}

/** Texts and files in the order in which they are sent. */
function framed(parts: readonly Part[], boundary: string): (string | FilePart)[] {
  const pieces = parts.flatMap((part) => {
    const isFile = 'file' in part;
    const filename = isFile ? `; filename="${escaped(part.filename ?? basename(part.file))}"` : '';
    const contentType = part.contentType ?? (isFile ? 'application/octet-stream' : undefined);
    const head = [
      `--${boundary}`,
      `Content-Disposition: form-data; name="${escaped(part.name)}"${filename}`,
      ...(contentType === undefined ? [] : [`Content-Type: ${contentType}`]),
    ];
    return [`${head.join('\r\n')}\r\n\r\n`, isFile ? part : part.value, '\r\n'];
  });
  return [...pieces, `--${boundary}--\r\n`];
}

/** As browsers do: a name cannot end its line. */
const escaped = (name: string): string =>
  name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

interface Sized {
  bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

async function stream(
  pieces: readonly (string | FilePart)[],
  contentType: string,
  { openFile }: OpenOptions,
): Promise<OpenedBody> {
  const handles: FileHandle[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(handles.splice(0).map((handle) => handle.close().catch(() => {})));
  };
  try {
    const sized: Sized[] = [];
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        const content = Buffer.from(piece, 'utf8');
        sized.push({
          bytes: content.byteLength,
          async *read() {
            yield content;
          },
        });
        continue;
      }
      const handle = await openFile(piece.file);
      handles.push(handle);
      const { size } = await handle.stat();
      sized.push({ bytes: size, read: () => readExactly(handle, size, piece.file) });
    }
    const bytes = sized.reduce((sum, each) => sum + each.bytes, 0);
    return { content: { bytes, open: () => inOrder(sized) }, contentType, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* inOrder(sized: readonly Sized[]): AsyncGenerator<Uint8Array> {
  for (const each of sized) yield* each.read();
}

/** What a file that grows meanwhile gets is not sent; one that shrinks cannot be sent as announced. */
async function* readExactly(handle: FileHandle, size: number, written: string): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - position));
    const { bytesRead } = await handle.read(piece, 0, piece.byteLength, position);
    if (bytesRead === 0) {
      throw new StepFailure('FILE_CHANGED', `"${written}" became shorter while it was being sent`, {
        retryable: true,
        details: { path: written },
      });
    }
    position += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
