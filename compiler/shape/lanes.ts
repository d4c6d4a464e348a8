/** Chains of a prime block: each becomes a lane of a parallel state, every other edge a guarded wait. */

/** Disjoint chains along needs that together hold every node, in order of their first node. */
export function lanesOf(nodes: readonly number[], needsOf: (node: number) => readonly number[]): number[][] {
  const lanes: number[][] = [];
  /** The lane that ends in this node so far. */
  const endingIn = new Map<number, number[]>();
  for (const node of nodes) {
    const before = needsOf(node).find((need) => endingIn.has(need));
    const lane = before === undefined ? [] : endingIn.get(before)!;
    if (before === undefined) lanes.push(lane);
    else endingIn.delete(before);
    lane.push(node);
    endingIn.set(node, lane);
  }
  return lanes;
}
