/** What can be taken apart neither side by side nor one after the other: lanes that wait for parts of each other. */
import { contract, type Part } from './contract.ts';
import type { LeafShape, PrimeShape, ShapeTree } from './tree.ts';

/**
 * @param leaves  Needs before dependents.
 * @param needsOf Indexes into `leaves`, reduced, by index.
 */
export function primeOf(
  leaves: readonly LeafShape[],
  needsOf: (index: number) => readonly number[],
): PrimeShape {
  const all = leaves.map((tree, order): Part => ({ tree, order, needs: new Set(), dependents: new Set() }));
  for (const part of all) {
    for (const need of needsOf(part.order)) {
      part.needs.add(all[need]!);
      all[need]!.dependents.add(part);
    }
  }
  const parts = contract(all);
  const needs = (part: Part): ShapeTree[] => inOrder(part.needs).map((need) => need.tree);
  return {
    kind: 'prime',
    lanes: lanesOf(parts).map((lane) => lane.map((part) => part.tree)),
    children: parts.map((part) => part.tree),
    needs: new Map(parts.map((part) => [part.tree, needs(part)])),
  };
}

/** Disjoint chains along needs that together hold every part, in order of their first one. */
function lanesOf(parts: readonly Part[]): Part[][] {
  const lanes: Part[][] = [];
  /** The lane that ends in this part so far. */
  const endingIn = new Map<Part, Part[]>();
  for (const part of parts) {
    const before = inOrder(part.needs).find((need) => endingIn.has(need));
    const lane = before === undefined ? [] : endingIn.get(before)!;
    if (before === undefined) lanes.push(lane);
    else endingIn.delete(before);
    lane.push(part);
    endingIn.set(part, lane);
  }
  return lanes;
}

function inOrder(parts: ReadonlySet<Part>): Part[] {
  return [...parts].sort((a, b) => a.order - b.order);
}
