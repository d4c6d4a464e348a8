/** `idempotencyKey` and `memoize` with what belongs to them. */
import type { StepPlan } from '../plan.ts';
import type { SourceMap } from '../read/source-doc.ts';
import { booleanAt, expressionAt, numberAt, optional, textAt } from './fields.ts';

/** Results of the same inputs go stale by themselves after a week. */
const DEFAULT_MEMO_SECONDS = 604_800;

export function lowerIdempotency(node: SourceMap): StepPlan['idempotency'] {
  const key = expressionAt(node, 'idempotencyKey');
  if (key === undefined) return undefined;
  return {
    key,
    scope: textAt(node, 'idempotencyScope') === 'global' ? 'global' : 'run',
    ...optional('ttlMs', secondsAt(node, 'idempotencyTtlSeconds')),
    inFlight: textAt(node, 'idempotencyInFlight') === 'wait' ? 'wait' : 'fail',
  };
}

export function lowerMemo(node: SourceMap): StepPlan['memoize'] {
  if (booleanAt(node, 'memoize') !== true) return undefined;
  return { ttlMs: secondsAt(node, 'memoizeTtlSeconds') ?? DEFAULT_MEMO_SECONDS * 1000 };
}

/** Seconds in milliseconds. */
function secondsAt(node: SourceMap, field: string): number | undefined {
  const seconds = numberAt(node, field);
  return seconds === undefined ? undefined : Math.ceil(seconds * 1000);
}
