/** Transitive reduction: drops every need that is implied by another one, which leaves the edges an author would draw. */

const WORDS = 32;
const COLUMNS = WORDS * 32;

/**
 * Ancestor sets are bit rows, kept for 1,024 possible ancestors at a time: memory is 128 bytes a node at any size,
 * time edges × nodes / 64 in the worst case (10,000 steps in a chain: 2 million word operations).
 * @param needs Needs by node, all smaller than the node itself.
 */
export function reduceNeeds(needs: readonly (readonly number[])[]): number[][] {
  const implied = new Map<number, Set<number>>();
  for (let base = 0; base < needs.length; base += COLUMNS) markImplied(needs, base, implied);
  return needs.map((own, node) => {
    const drop = implied.get(node);
    return drop === undefined ? [...own] : own.filter((need) => !drop.has(need));
  });
}

/** Finds the implied needs among the nodes `base … base + 1,023`. */
function markImplied(
  needs: readonly (readonly number[])[],
  base: number,
  implied: Map<number, Set<number>>,
): void {
  const rows = new Int32Array((needs.length - base) * WORDS);
  for (let node = base + 1; node < needs.length; node++) {
    const row = (node - base) * WORDS;
    const inReach = needs[node]!.filter((need) => need >= base);
    for (const need of inReach) {
      const from = (need - base) * WORDS;
      for (let word = 0; word < WORDS; word++) rows[row + word]! |= rows[from + word]!;
    }
    const own = inReach.filter((need) => need < base + COLUMNS);
    for (const need of own) if (hasBit(rows, row, need - base)) dropFrom(implied, node, need);
    for (const need of own) rows[row + ((need - base) >> 5)]! |= 1 << ((need - base) & 31);
  }
}

function hasBit(rows: Int32Array, row: number, column: number): boolean {
  return (rows[row + (column >> 5)]! & (1 << (column & 31))) !== 0;
}

function dropFrom(implied: Map<number, Set<number>>, node: number, need: number): void {
  const drop = implied.get(node);
  if (drop === undefined) implied.set(node, new Set([need]));
  else drop.add(need);
}
