/** Decides, before anything is written, which parts of the tree become fleets, what every node is called and which machine runs each step. */
import { isSoftJoin } from '../shape/soft-join.ts';
import { type LeafShape, preOrder, type ShapeTree } from '../shape/tree.ts';
import { MAX_REGIONS } from './emitted.ts';

/** The body of the block, the branch of a fleet, or the fleet itself for the plain steps it runs. */
export type MachineKey = ShapeTree | undefined;

export interface Layout {
  /** All nodes, parents first; the leaves of prime blocks stay inside them. */
  readonly nodes: readonly ShapeTree[];
  /** State key of a node, or of a lane of a prime block: the step id, or a name with a hyphen. A fleet's is the state that invokes it. */
  readonly keys: ReadonlyMap<ShapeTree | readonly LeafShape[], string>;
  /** Parallel and prime nodes that are run as fleets, with the fleet's name. */
  readonly fleets: ReadonlyMap<ShapeTree, string>;
  /** Fleet members that are machines of their own, with the member's key. */
  readonly branches: ReadonlyMap<ShapeTree, string>;
  /** Which machine each node's state is in; of the leaves of prime blocks too. */
  readonly machineOf: ReadonlyMap<ShapeTree, MachineKey>;
}

export function layOut(root: ShapeTree): Layout {
  const nodes = preOrder(root);
  const collapsed = tooWide(nodes);
  const keys = new Map<ShapeTree | readonly LeafShape[], string>();
  const fleets = new Map<ShapeTree, string>();
  const branches = new Map<ShapeTree, string>();
  const machineOf = new Map<ShapeTree, MachineKey>([[root, undefined]]);
  const count = counter();
  for (const node of nodes) {
    const fleet = collapsed.has(node);
    // The states of a sequence at the top of a machine are written into `working`, so it has no state of its own.
    const top = node === root || branches.has(node);
    if (!(top && node.kind === 'sequence')) keys.set(node, keyOf(node, fleet, count));
    if (fleet) fleets.set(node, keys.get(node)!.replace('block', 'fleet'));
    else if (node.kind === 'prime') {
      for (const lane of node.lanes) keys.set(lane, lane.length === 1 ? lane[0]!.step.id : count('lane'));
    }
    for (const child of membersOf(node)) {
      const branch = fleet && needsMachine(child);
      if (branch) branches.set(child, child.kind === 'leaf' ? child.step.id : count('branch'));
      if (child.kind === 'leaf') keys.set(child, child.step.id);
      machineOf.set(child, branch ? child : fleet ? node : machineOf.get(node));
    }
  }
  return { nodes, keys, fleets, branches, machineOf };
}

function keyOf(node: ShapeTree, fleet: boolean, count: (name: string) => string): string {
  if (node.kind === 'leaf') return node.step.id;
  if (fleet) return count('block');
  return count(node.kind === 'sequence' ? 'lane' : 'fork');
}

export function membersOf(node: ShapeTree): readonly ShapeTree[] {
  if (node.kind === 'leaf') return [];
  return node.kind === 'prime' ? node.leaves : node.children;
}

/** A fleet runs plain steps itself; whatever has structure, or waits on the ledger, is a small machine. */
function needsMachine(member: ShapeTree): boolean {
  return member.kind !== 'leaf' || isSoftJoin(member.step);
}

/** Bottom-up: a node wider than the limit is collapsed and then counts as one region, so nested widths never add up beyond it. */
function tooWide(nodes: readonly ShapeTree[]): Set<ShapeTree> {
  const widths = new Map<ShapeTree, number>();
  const collapsed = new Set<ShapeTree>();
  for (const node of nodes.toReversed()) {
    const width = regionsOf(node, widths);
    if (width > MAX_REGIONS) collapsed.add(node);
    widths.set(node, width > MAX_REGIONS ? 1 : width);
  }
  return collapsed;
}

function regionsOf(node: ShapeTree, widths: ReadonlyMap<ShapeTree, number>): number {
  switch (node.kind) {
    case 'leaf':
      return 1;
    case 'prime':
      return node.lanes.length;
    case 'sequence':
      return node.children.reduce((widest, child) => Math.max(widest, widths.get(child)!), 1);
    case 'parallel':
      return node.children.reduce((sum, child) => sum + widths.get(child)!, 0);
  }
}

function counter(): (name: string) => string {
  const counts = new Map<string, number>();
  return (name) => {
    const next = (counts.get(name) ?? 0) + 1;
    counts.set(name, next);
    return `${name}-${next}`;
  };
}
