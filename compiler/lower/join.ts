/** The `join` kind's own fields → JoinPlan. */
import type { Json } from '../json.ts';
import type { JoinPlan } from '../plan.ts';
import { child, type SourceMap, toJson } from '../read/source-doc.ts';
import { booleanAt, durationAt, textAt } from './fields.ts';

export function lowerJoin(step: SourceMap): JoinPlan {
  const condition = child(step, 'condition');
  const timeoutMs = durationAt(step, 'timeout');
  return {
    condition: (condition === undefined ? undefined : parseJoinCondition(toJson(condition))) ?? {
      type: 'all',
    },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onTimeout: textAt(step, 'onTimeout') === 'partial' ? 'partial' : 'fail',
    cancelRest: booleanAt(step, 'cancelRest') ?? true,
  };
}

/**
 * Successes a join asks for. `all` leaves skipped needs out of the count; a number or a share counts all needs, and a share is
 * rounded up.
 */
export function successesWanted(condition: JoinPlan['condition'], needs: number, skipped: number): number {
  switch (condition.type) {
    case 'all':
      return needs - skipped;
    case 'any':
      return Math.min(1, needs);
    case 'count':
      return condition.count;
    case 'percent':
      return shareOf(needs, condition.percent);
    default:
      return condition satisfies never;
  }
}

/** Rounded up, but not for what only floating point adds: 33.3 % of 1,000 are 333. */
const shareOf = (needs: number, percent: number): number =>
  Math.ceil(Number(((needs * percent) / 100).toPrecision(12)));

/** `all`, `any`, a whole number from 1 (also as text), or `"60%"`; undefined for anything else. */
export function parseJoinCondition(value: Json): JoinPlan['condition'] | undefined {
  if (value === 'all' || value === 'any') return { type: value };
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (/^\d+$/.test(text) && Number(text) >= 1) return { type: 'count', count: Number(text) };
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) <= 0 || Number(percent) > 100) return undefined;
  return { type: 'percent', percent: Number(percent) };
}
