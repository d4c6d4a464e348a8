/** The body of a response as a value: parsed JSON, text, or a reference to what is large or no text. */
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';
import type { HttpResponse } from '../../services/http/http-request.ts';
import { shortened } from '../../services/http/shown-url.ts';
import type { BlobSink } from '../define.ts';

/** Larger bodies are not held in memory. */
const MEMORY_LIMIT_BYTES = 10 * 1024 * 1024;
/** Deeper values cannot be handled everywhere they go. */
const DEEPEST = 500;

const JSON_TYPE = /^(application\/([\w.-]+\+)?json|text\/json)$/;
const TEXT_TYPE =
  /^(text\/.*|.*\+xml|application\/(xml|(x-)?javascript|ecmascript|(x-)?yaml|toml|sql|graphql|(x-)?ndjson|jsonl|x-www-form-urlencoded|x-sh))$/;

export interface ReadOptions {
  /** What the author wants it to be; undefined: what its content type tells. */
  as: 'json' | 'text' | 'blob' | undefined;
  openBlob(): BlobSink;
}

/**
 * No body at all is null, but for `text` and `blob`. Without `as`, what is over 10 MiB or not what it says becomes a blob.
 * @throws {StepFailure} BODY_NOT_PARSED (retryable), TOO_LARGE, and those of reading.
 */
export async function readResult(
  response: HttpResponse,
  { as, openBlob }: ReadOptions,
): Promise<{ body: Json; bytes: number }> {
  const { type, charset } = contentType(response);
  const wanted =
    as ?? (JSON_TYPE.test(type) ? 'json' : type === '' || TEXT_TYPE.test(type) ? 'text' : 'blob');
  const body = new Collected(wanted === 'blob' ? 0 : MEMORY_LIMIT_BYTES, openBlob);
  try {
    for await (const piece of response.body) {
      body.add(piece);
      if (body.isSpilled && as !== undefined && as !== 'blob') throw tooLarge(response, as);
    }
    const value =
      body.bytes === 0 && as !== 'blob'
        ? empty(response, as, wanted === 'text' && type !== '')
        : valueIn(body, { as, wanted, charset, response });
    return { body: value, bytes: body.bytes };
  } catch (error) {
    body.abort();
    throw error;
  }
}

/** A text may be empty; anything else is not there. */
function empty({ method }: HttpResponse, as: string | undefined, isText: boolean): Json {
  return as === 'text' || (as === undefined && isText && method !== 'HEAD') ? '' : null;
}

function contentType({ headers }: HttpResponse): { type: string; charset: string } {
  const [type = '', ...parameters] = String(headers['content-type'] ?? '').split(';');
  const charset = parameters
    .map((each) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(each)?.[1])
    .find(Boolean);
  return { type: type.trim().toLowerCase(), charset: charset ?? 'utf-8' };
}

function valueIn(
  body: Collected,
  {
    as,
    wanted,
    charset,
    response,
  }: { as: string | undefined; wanted: string; charset: string; response: HttpResponse },
): Json {
  if (wanted === 'blob' || body.isSpilled) return body.toBlob();
  const text = decode(body.content, charset);
  if (text === undefined) {
    if (as === undefined) return body.toBlob();
    throw notParsed(response, as, `its bytes are no ${charset.toUpperCase()} text`);
  }
  if (wanted === 'text') return text;
  const parsed = parseJson(text);
  if ('value' in parsed) return parsed.value;
  throw notParsed(
    response,
    'json',
    `it begins with ${JSON.stringify(shortened(text.trim(), 60))} (${parsed.why})`,
  );
}

function decode(content: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): { value: Json } | { why: string } {
  try {
    const value: Json = JSON.parse(text);
    return isDeeper(value) ? { why: `nested deeper than ${DEEPEST} levels` } : { value };
  } catch (error) {
    return { why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/** Level by level, so that depth costs no stack. */
function isDeeper(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((each) =>
      each !== null && typeof each === 'object'
        ? Object.values(each).filter((inner) => typeof inner === 'object')
        : [],
    );
  }
  return false;
}

function notParsed({ method, url }: HttpResponse, as: string, why: string): StepFailure {
  return new StepFailure(
    'BODY_NOT_PARSED',
    `the body of ${method} ${url} is not ${as === 'json' ? 'JSON' : 'text'}: ${why}`,
    {
      retryable: true,
      details: { as },
    },
  );
}

function tooLarge({ method, url }: HttpResponse, as: string): StepFailure {
  return new StepFailure(
    'TOO_LARGE',
    `the body of ${method} ${url} has more than 10 MiB and cannot be read as ${as}; "as: blob" gives a reference to it`,
    { details: { as } },
  );
}

/** In memory up to a limit, from there on in a blob. */
class Collected {
  bytes = 0;
  #pieces: Uint8Array[] = [];
  #sink: BlobSink | undefined;

  constructor(
    private readonly limit: number,
    private readonly openBlob: () => BlobSink,
  ) {}

  get isSpilled(): boolean {
    return this.#sink !== undefined;
  }

  get content(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }

  add(piece: Uint8Array): void {
    this.bytes += piece.byteLength;
    if (this.#sink === undefined && this.bytes <= this.limit) this.#pieces.push(piece);
    else this.#spill().write(piece);
  }

  toBlob(): Json {
    const { blob, bytes } = this.#spill().end();
    this.#sink = undefined;
    return { blob, bytes };
  }

  abort(): void {
    this.#sink?.abort();
    this.#sink = undefined;
    this.#pieces = [];
  }

  #spill(): BlobSink {
    if (this.#sink !== undefined) return this.#sink;
    this.#sink = this.openBlob();
    for (const piece of this.#pieces) this.#sink.write(piece);
    this.#pieces = [];
    return this.#sink;
  }
}
