/** The body of a response, piece by piece: decompressed, and never more than was asked for. */
import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { StepFailure } from '../../kernel/failure.ts';
import { codeOf, type Hop, networkFailure } from './network-failure.ts';
import { ENCODINGS } from './request-headers.ts';
import { printable, shortened } from './shown-url.ts';

const MOST_ENCODINGS = 3;

export interface BodyOptions extends Hop {
  signal: AbortSignal;
  /** After decompression. */
  maxBytes: number;
}

/**
 * Leaving the loop early ends the connection.
 * @throws {StepFailure} TOO_LARGE; BAD_ENCODING (retryable); NETWORK (retryable) when the end is missing; what `signal`
 *   was aborted with.
 */
export async function* readResponse(
  response: IncomingMessage,
  options: BodyOptions,
): AsyncGenerator<Uint8Array> {
  const { statusCode = 0 } = response;
  const hasBody = options.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
  const encodings = hasBody ? encodingsOf(response, options) : [];
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  if (hasBody && encodings.length === 0 && announced > options.maxBytes) {
    response.destroy();
    throw tooLarge(options, announced);
  }
  try {
    yield* limited(encodings.length === 0 ? response : await decoded(response, encodings, options), options);
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw decodingFailure(error, options) ?? networkFailure(error, options);
  } finally {
    response.destroy();
  }
}

async function* limited(source: AsyncIterable<Uint8Array>, options: BodyOptions): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.byteLength;
    if (bytes > options.maxBytes) throw tooLarge(options);
    yield piece;
  }
}

/** In the order in which they have to be undone. */
function encodingsOf(response: IncomingMessage, options: BodyOptions): string[] {
  const written = (response.headers['content-encoding'] ?? '').toLowerCase();
  const encodings = written.split(',').flatMap((part) => {
    const name = part.trim();
    return name === '' || name === 'identity' ? [] : [name];
  });
  const unknown = encodings.find((name) => !/^(x-)?gzip$|^deflate$|^br$/.test(name));
  if (unknown === undefined && encodings.length <= MOST_ENCODINGS) return encodings.reverse();
  response.destroy();
  throw new StepFailure(
    'BAD_ENCODING',
    `${options.method} ${options.shown}: the body is encoded as "${shortened(printable(written), 60)}"; known are ${ENCODINGS}`,
  );
}

async function decoded(
  response: IncomingMessage,
  encodings: readonly string[],
  options: BodyOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const zlib = await import('node:zlib');
  const { Readable, pipeline } = await import('node:stream');
  // Compressed data can also be endless while nothing comes out of it.
  let source: Readable = Readable.from(limited(response, options));
  for (const encoding of encodings) {
    const first = await peek(source);
    // Nothing at all is not compressed.
    if (first === undefined) return source;
    const decoder: Transform =
      encoding === 'br'
        ? zlib.createBrotliDecompress()
        : encoding === 'deflate'
          ? // Some servers say "deflate" and send it without its header.
            (first & 15) === 8
            ? zlib.createInflate()
            : zlib.createInflateRaw()
          : zlib.createGunzip();
    // Errors arrive through the last stream, which is the one that is read.
    source = pipeline(source, decoder, () => {});
  }
  return source;
}

/** The first byte of a stream, which stays in it; undefined when it is empty. */
async function peek(source: Readable): Promise<number | undefined> {
  await new Promise((resolve) => {
    for (const event of ['readable', 'end', 'error']) source.once(event, resolve);
  });
  const piece: Uint8Array | null = source.read();
  if (piece === null) return undefined;
  source.unshift(piece);
  return piece[0];
}

function decodingFailure(error: unknown, options: BodyOptions): StepFailure | undefined {
  const code = codeOf(error);
  if (!code.startsWith('Z_') && !code.startsWith('ERR__ERROR_') && !/BROTLI|ERR_PADDING/.test(code))
    return undefined;
  return new StepFailure(
    'BAD_ENCODING',
    `${options.method} ${options.shown}: the compressed body is damaged or incomplete (${code})`,
    { retryable: true, cause: error },
  );
}

function tooLarge({ method, shown, maxBytes }: BodyOptions, announced?: number): StepFailure {
  const size =
    announced === undefined ? `more than ${maxBytes} bytes` : `${announced} bytes, more than ${maxBytes}`;
  return new StepFailure(
    'TOO_LARGE',
    `${method} ${shown}: the body has ${size}; raise "maxBytes" to read it`,
    {
      details: { maxBytes },
    },
  );
}
