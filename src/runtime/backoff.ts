/** Delay before the next attempt. */
import type { RetryPlan } from '#compiler';

/**
 * @param failures attempts that failed so far, from 1.
 * @param random   in [0, 1); full jitter takes the delay down to half at most.
 * @returns milliseconds.
 */
export function computeBackoffDelayMs(retry: RetryPlan, failures: number, random: number): number {
  const grown = {
    fixed: retry.baseDelayMs,
    linear: retry.baseDelayMs * failures,
    exponential: retry.baseDelayMs * 2 ** Math.min(failures - 1, 30),
  }[retry.backoff];
  const capped = Math.min(grown, retry.maxDelayMs);
  return Math.round(retry.jitter ? capped * (0.5 + random / 2) : capped);
}
