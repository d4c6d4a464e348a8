/** Joins that go on before all of their needs have settled: their needs are watched in the ledger and are not edges of the shape. */
import type { StepPlan } from '../plan.ts';

/** True for a `join` with a condition other than `all`, or with a time-out. */
export function isSoftJoin(step: StepPlan): boolean {
  return step.join !== undefined && (step.join.condition.type !== 'all' || step.join.timeoutMs !== undefined);
}

/**
 * Nodes without which none of `targets` can settle: strict ancestors of every one of them, nearest ones only.
 * A soft join is reached when these have settled; before, neither its condition nor its time-out can mean anything.
 * @param needs Needs by node; every need has a smaller number than its dependent.
 */
export function nearestCommonAncestors(
  targets: readonly number[],
  needs: readonly (readonly number[])[],
): number[] {
  let common: Set<number> | undefined;
  for (const target of targets) {
    const ancestors = ancestorsOf(target, needs, common);
    common = ancestors;
    if (ancestors.size === 0) return [];
  }
  const found = common ?? new Set<number>();
  const covered = new Set<number>();
  for (const node of found) for (const need of needs[node] ?? []) covered.add(need);
  // The set is closed under "is an ancestor of", so a member is nearest exactly when no member needs it directly.
  return [...found].filter((node) => !covered.has(node)).sort((a, b) => a - b);
}

/** Strict ancestors of one node, within `limit` when given (which must be closed under ancestors). */
function ancestorsOf(
  node: number,
  needs: readonly (readonly number[])[],
  limit: ReadonlySet<number> | undefined,
): Set<number> {
  const found = new Set<number>();
  const visited = new Set<number>([node]);
  const stack = [node];
  for (let current = stack.pop(); current !== undefined; current = stack.pop()) {
    for (const need of needs[current] ?? []) {
      if (visited.has(need)) continue;
      visited.add(need);
      stack.push(need);
      if (limit === undefined || limit.has(need)) found.add(need);
    }
  }
  return found;
}
