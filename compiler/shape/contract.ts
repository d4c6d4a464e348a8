/** Inside a prime block, folds every chain and every set of look-alikes into one part, so that only what is truly entangled stays flat. */
import type { ParallelShape, SequenceShape, ShapeTree } from './tree.ts';

/** A piece of a prime block: at first a step, after folding possibly a small tree. */
export interface Part {
  tree: ShapeTree;
  readonly order: number;
  needs: Set<Part>;
  dependents: Set<Part>;
}

/** @param parts Needs before dependents; folded in place. @returns Those that are left, in the same order. */
export function contract(parts: readonly Part[]): Part[] {
  let left = [...parts];
  for (let before = Number.POSITIVE_INFINITY; left.length < before; ) {
    before = left.length;
    left = foldChains(foldTwins(left));
  }
  return left;
}

/** Parts with the same needs and the same dependents become one `parallel`. */
function foldTwins(parts: readonly Part[]): Part[] {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const key = `${orders(part.needs)}|${orders(part.dependents)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [part]);
    else group.push(part);
  }
  for (const [first, ...others] of groups.values()) {
    if (first === undefined || others.length === 0) continue;
    for (const other of others) {
      for (const need of other.needs) need.dependents.delete(other);
      for (const dependent of other.dependents) dependent.needs.delete(other);
    }
    first.tree = combined('parallel', [first.tree, ...others.map((other) => other.tree)]);
  }
  return [...groups.values()].map((group) => group[0]!);
}

/** A part and the only one that needs it, and needs nothing else, become one `sequence`. */
function foldChains(parts: readonly Part[]): Part[] {
  const folded = new Set<Part>();
  for (const part of parts) {
    if (folded.has(part)) continue;
    const chain = [part.tree];
    for (let next = onlyNext(part); next !== undefined; next = onlyNext(part)) {
      chain.push(next.tree);
      folded.add(next);
      part.dependents = next.dependents;
      for (const dependent of next.dependents) {
        dependent.needs.delete(next);
        dependent.needs.add(part);
      }
    }
    if (chain.length > 1) part.tree = combined('sequence', chain);
  }
  return parts.filter((part) => !folded.has(part));
}

function onlyNext(part: Part): Part | undefined {
  const [next, ...others] = part.dependents;
  return others.length === 0 && next?.needs.size === 1 ? next : undefined;
}

function combined(kind: 'parallel' | 'sequence', trees: readonly ShapeTree[]): ParallelShape | SequenceShape {
  return { kind, children: trees.flatMap((tree) => (tree.kind === kind ? tree.children : [tree])) };
}

function orders(parts: ReadonlySet<Part>): string {
  return Array.from(parts, (part) => part.order)
    .sort((a, b) => a - b)
    .join(' ');
}
