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
    cancelRest: booleanAt(step, 'cancelRest') ?? false,
  };
}

/** `all`, `any`, a whole number from 1 (also as text), or `"60%"`; undefined for anything else. */
export function parseJoinCondition(value: Json): JoinPlan['condition'] | undefined {
  if (value === 'all' || value === 'any') return { type: value };
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (/^\d+$/.test(text) && Number(text) >= 1) return { type: 'count', count: Number(text) };
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) <= 0 || Number(percent) > 100) return undefined;
  return { type: 'percent', percent: Number(percent) };
}
