/** The hash a run pins: of what the plan means, not of where its parts stand in the text. */
import { createHash } from 'node:crypto';
import type { Json } from '../json.ts';
import type { Plan } from '../plan.ts';

/** sha256, in hex, of the plan without `span` and `fieldSpans`. Comments, blank lines and the order of keys do not change it. */
export function hashPlan(plan: Plan): string {
  const stripped = {
    ...plan,
    // Positions; the names are in the expressions.
    secrets: undefined,
    blocks: Object.fromEntries(
      Object.entries(plan.blocks).map(([name, steps]) => [name, steps.map(withoutSpans)]),
    ),
    ...(plan.compensate === undefined ? {} : { compensate: withoutSpans(plan.compensate) }),
  };
  return createHash('sha256').update(canonical(stripped)).digest('hex');
}

function withoutSpans({
  span: _,
  fieldSpans: __,
  compensate,
  ...step
}: Plan['blocks']['steps'][number]): object {
  return compensate === undefined ? step : { ...step, compensate: withoutSpans(compensate) };
}

/** JSON text in which the order of keys plays no part. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: Json) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
