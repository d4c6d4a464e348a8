/** The two ways to take a piece of the graph apart: side by side (weakly connected components) and one after the other (series cuts). */

/**
 * Holds the needs of the whole graph and scratch space by node, so that a split costs only the nodes and edges of its piece.
 * Pieces are ascending lists of nodes; once `enter`ed, needs that lead out of a piece are forgotten, as pieces only ever shrink.
 */
export class Splitter {
  readonly #needs: (readonly number[])[];
  readonly #piece: Int32Array;
  readonly #root: Int32Array;
  readonly #outDegree: Int32Array;
  readonly #hasDependentBefore: Uint8Array;
  /** What becomes a first node of the rest once this node has gone over: how many nodes, with how many needs. */
  readonly #releasedNodes: Int32Array;
  readonly #releasedNeeds: Int32Array;
  #pieces = 0;

  /** @param needs Needs by node, ascending, all smaller than the node itself. */
  constructor(needs: readonly (readonly number[])[]) {
    this.#needs = [...needs];
    this.#piece = new Int32Array(needs.length);
    this.#root = new Int32Array(needs.length);
    this.#outDegree = new Int32Array(needs.length);
    this.#hasDependentBefore = new Uint8Array(needs.length);
    this.#releasedNodes = new Int32Array(needs.length);
    this.#releasedNeeds = new Int32Array(needs.length);
  }

  /** Restricts the needs of these nodes to one another. */
  enter(nodes: readonly number[]): void {
    this.#pieces += 1;
    for (const node of nodes) this.#piece[node] = this.#pieces;
    const inside = (need: number): boolean => this.#piece[need] === this.#pieces;
    for (const node of nodes) {
      const own = this.#needs[node]!;
      if (!own.every(inside)) this.#needs[node] = own.filter(inside);
    }
  }

  /** Needs inside the piece entered last. */
  needsOf(node: number): readonly number[] {
    return this.#needs[node]!;
  }

  /** Weakly connected components, each ascending, in order of their first node. */
  components(nodes: readonly number[]): number[][] {
    for (const node of nodes) this.#root[node] = node;
    for (const node of nodes) {
      for (const need of this.#needs[node]!) this.#root[this.#find(node)] = this.#find(need);
    }
    const groups = new Map<number, number[]>();
    for (const node of nodes) {
      const root = this.#find(node);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [node]);
      else group.push(node);
    }
    return [...groups.values()];
  }

  #find(node: number): number {
    const root = this.#root;
    let at = node;
    while (root[at] !== at) {
      root[at] = root[root[at]!]!;
      at = root[at]!;
    }
    return at;
  }

  /**
   * Cuts the piece wherever everything before must settle before anything after can begin, that is where the edges
   * across are exactly "every last node before × every first node after". One pass over nodes and edges.
   */
  seriesParts(nodes: readonly number[]): number[][] {
    const first = this.#countDegrees(nodes);
    const rest = { firsts: first, needsOfFirsts: 0 };
    const before = { lasts: 0, edgesOfLasts: 0 };
    const parts: number[][] = [];
    let crossing = 0;
    let part: number[] = [];
    for (const node of nodes) {
      const own = this.#needs[node]!;
      for (const need of own) {
        if (this.#hasDependentBefore[need] === 1) continue;
        this.#hasDependentBefore[need] = 1;
        before.lasts -= 1;
        before.edgesOfLasts -= this.#outDegree[need]!;
      }
      const out = this.#outDegree[node]!;
      before.lasts += 1;
      before.edgesOfLasts += out;
      rest.firsts += this.#releasedNodes[node]! - 1;
      rest.needsOfFirsts += this.#releasedNeeds[node]! - own.length;
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

  /** Prepares `seriesParts`. @returns How many nodes have no needs. */
  #countDegrees(nodes: readonly number[]): number {
    for (const node of nodes) {
      this.#outDegree[node] = 0;
      this.#hasDependentBefore[node] = 0;
      this.#releasedNodes[node] = 0;
      this.#releasedNeeds[node] = 0;
    }
    let withoutNeeds = 0;
    for (const node of nodes) {
      const own = this.#needs[node]!;
      for (const need of own) this.#outDegree[need]! += 1;
      const last = own.at(-1);
      if (last === undefined) {
        withoutNeeds += 1;
      } else {
        this.#releasedNodes[last]! += 1;
        this.#releasedNeeds[last]! += own.length;
      }
    }
    return withoutNeeds;
  }
}
