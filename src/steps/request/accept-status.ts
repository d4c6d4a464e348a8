/** Which responses are failures, and what is told of them. */
import { StepFailure } from '../../kernel/failure.ts';
import type { HttpResponse } from '../../services/http/http-request.ts';
import { retryAfterMs } from '../../services/http/retry-after.ts';
import { printable, shortened } from '../../services/http/shown-url.ts';
import type { RequestFields } from './prepare-request.ts';

/** Of the body of a failed response, kept as `details.body`. */
const SNIPPET_BYTES = 4096;
/** Of it, part of the message. */
const SHOWN_CHARACTERS = 200;

/** First and last of accepted statuses. */
type Range = [from: number, to: number];

/** Anything below 400, and what `acceptStatus` names. */
export function accepts(status: number, ranges: readonly Range[]): boolean {
  return status < 400 || ranges.some(([from, to]) => from <= status && status <= to);
}

/** @throws {StepFailure} INVALID_FIELDS for what is no status. */
export function rangesOf(acceptStatus: RequestFields['acceptStatus']): Range[] {
  const entries = Array.isArray(acceptStatus)
    ? acceptStatus
    : acceptStatus === undefined
      ? []
      : [acceptStatus];
  return entries.map((entry) => {
    const text = String(entry).replace(/^(\d)xx$/, '$100-$199');
    const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
    if (Number(from) <= Number(to)) return [Number(from), Number(to)];
    throw new StepFailure(
      'INVALID_FIELDS',
      `"acceptStatus" is a status such as 404, "4xx" or "400-409", not ${JSON.stringify(entry)}`,
    );
  });
}

/**
 * Reads the beginning of the body, as far as it comes.
 * @returns HTTP_STATUS, retryable for 408, 429 and from 500, then with what `Retry-After` asks for.
 */
export async function statusFailure(response: HttpResponse, now: number): Promise<StepFailure> {
  const { status, statusText, headers, method, url } = response;
  const body = await beginningOf(response);
  const retryable = status === 408 || status === 429 || status >= 500;
  const asked = retryable
    ? retryAfterMs(textOf(headers['retry-after']), { date: textOf(headers.date), now })
    : undefined;
  const line = shortened(printable(body), SHOWN_CHARACTERS);
  const again = asked === undefined ? '' : ` (to be tried again in ${Math.ceil(asked / 1000)} s)`;
  return new StepFailure(
    'HTTP_STATUS',
    `${method} ${url} answered ${`${status} ${statusText}`.trim()}${again}${line === '' ? '' : `: ${line}`}`,
    {
      retryable,
      ...(asked !== undefined && { retryAfterMs: asked }),
      details: { status, url, ...(body !== '' && { body }) },
    },
  );
}

async function beginningOf(response: HttpResponse): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = false;
  try {
    for await (const piece of response.body) {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes > SNIPPET_BYTES) break;
    }
    isWhole = bytes <= SNIPPET_BYTES;
  } catch {
    // The status says enough; what has come is shown.
  }
  const text = Buffer.concat(pieces).subarray(0, SNIPPET_BYTES).toString('utf8');
  // The mark also tells redaction that half of a secret may stand before it; half of a character must not be between.
  return isWhole || text === '' ? text : `${text.replace(/\ufffd+$/, '')}…`;
}

const textOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
