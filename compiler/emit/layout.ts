/** Decides, before anything is written, which parts of the tree become fleets and segments, what every node is called and which machine runs each step. */
import { isSoftJoin } from '../shape/soft-join.ts';
import { preOrder, type ShapeTree } from '../shape/tree.ts';
import { waysBack } from '../shape/way-back.ts';
import { MAX_REGIONS } from './emitted.ts';
import { cutSequences, type Stretch } from './segments.ts';

/** The body of the block, the branch of a fleet, a segment, or the fleet itself for the plain steps it runs. */
export type MachineKey = ShapeTree | Stretch | undefined;

export interface Layout {
  /** All nodes, parents first. */
  readonly nodes: readonly ShapeTree[];
  /** State key of a node, of a lane of a prime block, or of a segment: the step id, or a name with a hyphen. A fleet's is the state that invokes it. */
  readonly keys: ReadonlyMap<ShapeTree | readonly ShapeTree[], string>;
  /** Parallel and prime nodes that are run as fleets, with the fleet's name. */
  readonly fleets: ReadonlyMap<MachineKey, string>;
  /** Of sequences that are cut: their children as stretches; those of several are segments and have a key. */
  readonly cuts: ReadonlyMap<ShapeTree, readonly Stretch[]>;
  /** Fleet members that are machines of their own, with the member's key. */
  readonly branches: ReadonlyMap<ShapeTree, string>;
  /** Which machine each node's state is in. */
  readonly machineOf: ReadonlyMap<ShapeTree, MachineKey>;
  /** By id of a step that may send the run back: the state that is entered again. */
  readonly waysBack: ReadonlyMap<string, ShapeTree>;
}

/** @param segmentSteps See `cutSequences`. */
export function layOut(root: ShapeTree, segmentSteps: number): Layout {
  const nodes = preOrder(root);
  const collapsed = tooWide(nodes);
  const back = waysBack(root).targets;
  const cuts = cutSequences(nodes, collapsed, segmentSteps, sequencesAround(nodes, back));
  const keys = new Map<ShapeTree | readonly ShapeTree[], string>();
  const fleets = new Map<MachineKey, string>();
  const branches = new Map<ShapeTree, string>();
  const machineOf = new Map<ShapeTree, MachineKey>([[root, undefined]]);
  /** Sequences written into `working` or into a lane, and prime blocks written into a fork, have no state of their own. */
  const inlined = new Set<ShapeTree>(root.kind === 'sequence' ? [root] : []);
  const count = counter();
  for (const node of nodes) {
    const fleet = collapsed.has(node);
    if (!inlined.has(node)) keys.set(node, keyOf(node, fleet, count));
    if (fleet) fleets.set(node, keys.get(node)!.replace('block', 'fleet'));
    else if (node.kind === 'prime') {
      for (const lane of node.lanes)
        if (lane.length > 1 || lane[0]!.kind !== 'leaf') keys.set(lane, count('lane'));
    }
    for (const segment of (cuts.get(node) ?? []).filter(({ length }) => length > 1)) {
      keys.set(segment, count('segment'));
      for (const part of segment) machineOf.set(part, segment);
    }
    for (const child of membersOf(node)) {
      const branch = fleet && needsMachine(child);
      if (child.kind === 'sequence' && (branch || node.kind === 'prime')) inlined.add(child);
      if (child.kind === 'prime' && node.kind === 'parallel' && !fleet && !collapsed.has(child))
        inlined.add(child);
      if (branch) branches.set(child, child.kind === 'leaf' ? child.step.id : count('branch'));
      if (!machineOf.has(child)) machineOf.set(child, branch ? child : fleet ? node : machineOf.get(node));
    }
  }
  return { nodes, keys, fleets, cuts, branches, machineOf, waysBack: back };
}

/** Sequences that hold a step that sends the run back, on its way up to the part it leads back to. */
function sequencesAround(
  nodes: readonly ShapeTree[],
  back: ReadonlyMap<string, ShapeTree>,
): ReadonlySet<ShapeTree> {
  if (back.size === 0) return new Set();
  const holding = new Set<ShapeTree>();
  for (const node of nodes.toReversed()) {
    const holds =
      node.kind === 'leaf' ? back.has(node.step.id) : node.children.some((child) => holding.has(child));
    if (holds) holding.add(node);
  }
  return holding;
}

function keyOf(node: ShapeTree, fleet: boolean, count: (name: string) => string): string {
  if (node.kind === 'leaf') return node.step.id;
  if (fleet) return count('block');
  return count(node.kind === 'sequence' ? 'lane' : 'fork');
}

export function membersOf(node: ShapeTree): readonly ShapeTree[] {
  return node.kind === 'leaf' ? [] : node.children;
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
      return node.lanes.reduce((sum, lane) => sum + widest(lane, widths), 0);
    case 'sequence':
      return widest(node.children, widths);
    case 'parallel':
      return node.children.reduce((sum, child) => sum + widths.get(child)!, 0);
  }
}

function widest(nodes: readonly ShapeTree[], widths: ReadonlyMap<ShapeTree, number>): number {
  return nodes.reduce((most, node) => Math.max(most, widths.get(node)!), 1);
}

function counter(): (name: string) => string {
  const counts = new Map<string, number>();
  return (name) => {
    const next = (counts.get(name) ?? 0) + 1;
    counts.set(name, next);
    return `${name}-${next}`;
  };
}
