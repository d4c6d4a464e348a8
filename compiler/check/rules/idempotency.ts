/** `idempotencyKey` and `memoize`: only where there is an effect, and nothing that belongs to them without them. */
import { child, childPath } from '../../read/source-doc.ts';
import type { CheckContext, Report } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';

const ALONE: readonly (readonly [field: string, needs: string])[] = [
  ['idempotencyScope', 'idempotencyKey'],
  ['idempotencyTtlSeconds', 'idempotencyKey'],
  ['idempotencyInFlight', 'idempotencyKey'],
  ['memoizeTtlSeconds', 'memoize'],
];
const FIELDS = ['idempotencyKey', 'memoize'] as const;
/** What makes a key differ from item to item; results of other steps may too, but not often. */
const BY_ITEM = new Set(['item', 'index', 'steps']);

export function idempotency({ facts, sites, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    refuseWithoutEffect(step, report);
    warnAlone(step, report);
  }
  for (const { field, step, references, node, path, error } of sites) {
    if (field !== 'idempotencyKey' || step?.iterates !== true || error !== undefined) continue;
    if (references.some(({ root }) => BY_ITEM.has(root))) continue;
    report({
      severity: 'warning',
      code: 'SAME_KEY',
      span: node.span,
      path,
      message: 'all items have the same key, so that only one of them has its effect',
      hint: 'make the item part of it, such as item.id or index',
    });
  }
}

/** A step that only waits, or joins, does nothing that could be done twice. */
function refuseWithoutEffect({ node, kind, path }: StepFacts, report: Report): void {
  if (kind?.control !== 'join' && kind?.control !== 'suspend') return;
  for (const field of FIELDS) {
    const entry = node.entries.get(field);
    if (entry === undefined) continue;
    report({
      code: 'NO_EFFECT_TO_KEEP',
      span: entry.keySpan,
      path: childPath(path, field),
      message: `a ${kind.kind} step cannot have "${field}": it has no effect that could be had twice`,
    });
  }
}

function warnAlone({ node, path }: StepFacts, report: Report): void {
  for (const [field, needed] of ALONE) {
    const entry = node.entries.get(field);
    const holder = child(node, needed);
    if (entry === undefined || (holder !== undefined && !isOff(holder))) continue;
    report({
      severity: 'warning',
      code: 'NO_EFFECT',
      span: entry.keySpan,
      path: childPath(path, field),
      message: `"${field}" has no effect without "${needed}"`,
    });
  }
}

const isOff = (node: NonNullable<ReturnType<typeof child>>): boolean =>
  node.type === 'scalar' && node.value === false;
