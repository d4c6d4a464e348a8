/** `retry` → RetryPlan, with its defaults. */
import type { RetryPlan } from '../plan.ts';
import { child, type SourceMap } from '../read/source-doc.ts';
import { booleanAt, delayAt, expressionAt, numberAt, textAt } from './fields.ts';

const DEFAULT_BASE_DELAY_MS = 1_000;
const DEFAULT_MAX_DELAY_MS = 5 * 60_000;

export function lowerRetry(step: SourceMap): RetryPlan | undefined {
  const retry = child(step, 'retry');
  if (retry?.type !== 'map') return undefined;
  const backoff = textAt(retry, 'backoff');
  const on = expressionAt(retry, 'on');
  return {
    count: numberAt(retry, 'count') ?? 0,
    backoff: backoff === 'fixed' || backoff === 'linear' ? backoff : 'exponential',
    baseDelayMs: delayAt(retry, 'baseDelay') ?? DEFAULT_BASE_DELAY_MS,
    maxDelayMs: delayAt(retry, 'maxDelay') ?? DEFAULT_MAX_DELAY_MS,
    jitter: booleanAt(retry, 'jitter') ?? true,
    ...(on === undefined ? {} : { on }),
  };
}
