/** Which steps lie before which: a row of bits for every step, made once for a block. */

export interface Ancestors {
  has(node: number, ancestor: number): boolean;
}

/**
 * @param nodes with their needs before them
 * @param isLoose of a step for which it holds, only what lies before all of its needs counts
 */
export function ancestorsIn<Node extends { index: number; needs: readonly number[] }>(
  nodes: readonly Node[],
  isLoose: (node: Node) => boolean = () => false,
): Ancestors {
  const words = (nodes.length + 31) >> 5;
  const rows = new Int32Array(words * nodes.length);
  for (const node of nodes) {
    const row = node.index * words;
    const loose = isLoose(node);
    for (const [at, need] of node.needs.entries()) {
      const other = need * words;
      for (let word = 0; word < words; word++) {
        if (loose && at > 0) rows[row + word]! &= rows[other + word]!;
        else rows[row + word]! |= rows[other + word]!;
      }
      if (!loose) rows[row + (need >> 5)]! |= 1 << (need & 31);
    }
  }
  return {
    has: (node, ancestor) => (rows[node * words + (ancestor >> 5)]! & (1 << (ancestor & 31))) !== 0,
  };
}
