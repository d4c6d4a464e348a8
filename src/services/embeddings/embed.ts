/** Vectors of texts from an OpenAI-compatible endpoint. */
import { cutText } from '../../kernel/cut-text.ts';
import { StepFailure } from '../../kernel/failure.ts';
import { httpRequest } from '../http/http-request.ts';
import { retryAfterMs } from '../http/retry-after.ts';

export interface EmbeddingsEndpoint {
  /** As of the API's base: `http://localhost:11434/v1`. */
  baseUrl: string;
  model: string;
  apiKey?: string;
}

/** Texts in one request. */
const BATCH = 64;
const MAX_BYTES = 64 * 1024 * 1024;
const WORTH_RETRYING = new Set([408, 409, 425, 429]);

/**
 * One vector for each text, in order. The endpoint is the user's own choice, so it may be on this machine.
 * @throws {StepFailure} EMBEDDINGS_STATUS (retryable for 408, 429 and 5xx), EMBEDDINGS_RESPONSE, and those of `httpRequest`.
 */
export async function embed(
  { baseUrl, model, apiKey }: EmbeddingsEndpoint,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += BATCH) {
    const input = texts.slice(from, from + BATCH);
    const response = await httpRequest({
      url: `${baseUrl.replace(/\/+$/, '')}/embeddings`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: Buffer.from(JSON.stringify({ model, input, encoding_format: 'float' })),
      signal,
      maxBytes: MAX_BYTES,
      maxRedirects: 0,
      allowPrivateNetwork: true,
    });
    const text = (await response.bytes()).toString('utf8');
    if (response.status !== 200) throw refused(response, text);
    vectors.push(...readVectors(text, input.length));
  }
  return vectors;
}

function refused(
  { status, headers, url }: { status: number; headers: Record<string, string | string[]>; url: string },
  text: string,
): StepFailure {
  const [after, date] = [headers['retry-after'], headers.date].map((value) => value?.toString());
  const wait = retryAfterMs(after, { date, now: Date.now() });
  return new StepFailure('EMBEDDINGS_STATUS', `POST ${url} answered ${status}: ${cutText(text, 200)}`, {
    retryable: status >= 500 || WORTH_RETRYING.has(status),
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

function readVectors(text: string, count: number): Float32Array[] {
  const vectors = new Array<Float32Array>(count);
  for (const { index, embedding } of entriesOf(text)) {
    if (!Number.isInteger(index) || index < 0 || index >= count || !embedding.every(Number.isFinite))
      throw unreadable('an embedding is not a list of numbers');
    vectors[index] = Float32Array.from(embedding);
  }
  for (let index = 0; index < count; index++)
    if (vectors[index] === undefined) throw unreadable(`there is no embedding of text ${index}`);
  return vectors;
}

function entriesOf(text: string): { index: number; embedding: number[] }[] {
  let data: unknown;
  try {
    data = JSON.parse(text)?.data;
  } catch {
    throw unreadable('it is not JSON');
  }
  if (!Array.isArray(data)) throw unreadable('it has no list "data"');
  return data.map((entry: { index?: unknown; embedding?: unknown } | null, place) => {
    if (!Array.isArray(entry?.embedding)) throw unreadable('an entry has no list "embedding"');
    return { index: typeof entry.index === 'number' ? entry.index : place, embedding: entry.embedding };
  });
}

const unreadable = (why: string): StepFailure =>
  new StepFailure('EMBEDDINGS_RESPONSE', `the embeddings endpoint answered what cannot be used: ${why}`, {
    retryable: false,
  });
