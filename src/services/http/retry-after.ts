/** How long a server asks its clients to wait (`Retry-After`). */

export interface RetryAfterContext {
  /** The response's `Date`: what the server takes for now. */
  date?: string | undefined;
  /** What this machine takes for now, in ms since the epoch. */
  now: number;
}

const SECONDS = /^\d+(\.\d+)?$/;
const ZONE = /(GMT|UTC|Z|[+-]\d\d:?\d\d)$/i;

/**
 * Seconds, or a moment in one of HTTP's three formats, which is compared with the server's clock where it tells it.
 * @returns milliseconds, not below 0; undefined for anything else.
 */
export function retryAfterMs(
  value: string | undefined,
  { date, now }: RetryAfterContext,
): number | undefined {
  const text = value?.trim() ?? '';
  if (SECONDS.test(text)) return Math.ceil(Number(text) * 1000);
  const moment = parseMoment(text);
  return moment === undefined ? undefined : Math.max(0, moment - (parseMoment(date ?? '') ?? now));
}

function parseMoment(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  // The oldest of the formats names no zone and means GMT.
  const moment = Date.parse(ZONE.test(text) ? text : `${text} GMT`);
  return Number.isNaN(moment) ? undefined : moment;
}
