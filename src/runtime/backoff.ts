/** Delay before the next attempt. */
import type { RetryPlan } from '#compiler';

/** A server that asks for more patience than this is asked again after it. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000;
/** With jitter, how much longer than asked for it may take, so that many steps do not come back at the same moment. */
const RETRY_AFTER_SPREAD = 0.1;

/**
 * @param failures attempts that failed so far, from 1.
 * @param random   in [0, 1); full jitter takes the delay down to half at most.
 * @param retryAfterMs what the failure asks for; the delay is not shorter, also where `maxDelay` is.
 * @returns milliseconds.
 */
export function computeBackoffDelayMs(
  retry: RetryPlan,
  failures: number,
  random: number,
  retryAfterMs = 0,
): number {
  const grown = {
    fixed: retry.baseDelayMs,
    linear: retry.baseDelayMs * failures,
    exponential: retry.baseDelayMs * 2 ** Math.min(failures - 1, 30),
  }[retry.backoff];
  const capped = Math.min(grown, retry.maxDelayMs);
  const asked = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  const [backoff, wanted] = retry.jitter
    ? [capped * (0.5 + random / 2), asked * (1 + random * RETRY_AFTER_SPREAD)]
    : [capped, asked];
  return Math.ceil(Math.max(backoff, wanted));
}
