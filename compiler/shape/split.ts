/** The two ways to take a piece of the graph apart: side by side (weakly connected components) and one after the other (series cuts). */

/** A piece of the graph: its nodes ascending, and the needs that lie inside it, by node number of the whole graph. */
export interface Piece {
  readonly nodes: readonly number[];
  readonly needs: ReadonlyMap<number, readonly number[]>;
}

/** Restricts the needs of `nodes` to these nodes. */
export function pieceOf(nodes: readonly number[], needsOf: (node: number) => readonly number[]): Piece {
  const inside = new Set(nodes);
  return {
    nodes,
    needs: new Map(nodes.map((node) => [node, needsOf(node).filter((need) => inside.has(need))])),
  };
}

/** Weakly connected components, each ascending, in order of their first node. */
export function components({ nodes, needs }: Piece): number[][] {
  const parent = new Map(nodes.map((node) => [node, node]));
  const find = (node: number): number => {
    let root = node;
    for (let up = parent.get(root)!; up !== root; up = parent.get(root)!) {
      const grand = parent.get(up)!;
      parent.set(root, grand);
      root = grand;
    }
    return root;
  };
  for (const [node, own] of needs) for (const need of own) parent.set(find(node), find(need));
  const groups = new Map<number, number[]>();
  for (const node of nodes) {
    const root = find(node);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [node]);
    else group.push(node);
  }
  return [...groups.values()];
}

/**
 * Cuts the piece wherever everything before must settle before anything after can begin, that is where the edges across
 * are exactly "every last node before × every first node after". One pass over nodes and edges.
 */
export function seriesParts({ nodes, needs }: Piece): number[][] {
  const outDegree = new Map<number, number>();
  /** What becomes a first node of the rest once this node has gone over: how many nodes, with how many needs. */
  const releases = new Map<number, { nodes: number; needs: number }>();
  const rest = { firsts: 0, needsOfFirsts: 0 };
  for (const node of nodes) {
    const own = needs.get(node)!;
    for (const need of own) outDegree.set(need, (outDegree.get(need) ?? 0) + 1);
    const last = own.at(-1);
    if (last === undefined) rest.firsts++;
    else {
      const release = releases.get(last) ?? { nodes: 0, needs: 0 };
      releases.set(last, { nodes: release.nodes + 1, needs: release.needs + own.length });
    }
  }
  const parts: number[][] = [];
  const notLast = new Set<number>();
  const before = { lasts: 0, edgesOfLasts: 0 };
  let crossing = 0;
  let part: number[] = [];
  for (const node of nodes) {
    const own = needs.get(node)!;
    const out = outDegree.get(node) ?? 0;
    rest.firsts -= 1;
    rest.needsOfFirsts -= own.length;
    for (const need of own) {
      if (notLast.has(need)) continue;
      notLast.add(need);
      before.lasts -= 1;
      before.edgesOfLasts -= outDegree.get(need)!;
    }
    before.lasts += 1;
    before.edgesOfLasts += out;
    const release = releases.get(node);
    rest.firsts += release?.nodes ?? 0;
    rest.needsOfFirsts += release?.needs ?? 0;
    crossing += out - own.length;
    part.push(node);
    const complete = crossing === before.lasts * rest.firsts;
    if (complete && crossing === before.edgesOfLasts && crossing === rest.needsOfFirsts) {
      parts.push(part);
      part = [];
    }
  }
  return parts;
}
