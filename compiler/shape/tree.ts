/** Plan block → series-parallel tree: what can be drawn as sequences and forks, and the prime blocks that are left. */
import type { StepPlan } from '../plan.ts';
import { dagOf } from './dag.ts';
import { lanesOf } from './lanes.ts';
import { reduceNeeds } from './reduce.ts';
import { Splitter } from './split.ts';

export interface LeafShape {
  readonly kind: 'leaf';
  readonly step: StepPlan;
}
/** All children at once; no child is itself a `parallel`. */
export interface ParallelShape {
  readonly kind: 'parallel';
  readonly children: readonly ShapeTree[];
}
/** One child after the other; no child is itself a `sequence`. */
export interface SequenceShape {
  readonly kind: 'sequence';
  readonly children: readonly ShapeTree[];
}
/** A block that is neither: lanes side by side that wait for steps of each other. */
export interface PrimeShape {
  readonly kind: 'prime';
  readonly lanes: readonly (readonly LeafShape[])[];
  /** All leaves of the lanes, needs first. */
  readonly leaves: readonly LeafShape[];
  /** Reduced needs inside the block, by step id. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}
export type ShapeTree = LeafShape | ParallelShape | SequenceShape | PrimeShape;

/** @returns undefined for a block without steps. @throws {Error} See `dagOf`. */
export function shapeOf(steps: readonly StepPlan[]): ShapeTree | undefined {
  if (steps.length === 0) return undefined;
  const dag = dagOf(steps);
  const splitter = new Splitter(reduceNeeds(dag.needs));
  const root: ShapeTree[] = [];
  const work: Work[] = [{ nodes: dag.steps.map((_, node) => node), into: root }];
  // An own stack instead of recursion: blocks may nest thousands deep. Last in, first out, so parts are pushed backwards.
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { tree, parts } = takeApart(item, dag.steps, splitter);
    item.into.push(tree);
    for (const part of parts.reverse()) work.push(part);
  }
  return root[0];
}

interface Work {
  readonly nodes: readonly number[];
  readonly into: ShapeTree[];
  /** The split this piece comes from; the same one cannot take it apart any further. */
  readonly from?: 'parallel' | 'sequence';
}

function takeApart(
  { nodes, from }: Work,
  steps: readonly StepPlan[],
  splitter: Splitter,
): { tree: ShapeTree; parts: Work[] } {
  if (nodes.length === 1) return { tree: { kind: 'leaf', step: steps[nodes[0]!]! }, parts: [] };
  splitter.enter(nodes);
  for (const kind of ['parallel', 'sequence'] as const) {
    if (kind === from) continue;
    const parts = kind === 'parallel' ? splitter.components(nodes) : splitter.seriesParts(nodes);
    if (parts.length === 1) continue;
    const children: ShapeTree[] = [];
    return {
      tree: { kind, children },
      parts: parts.map((part) => ({ nodes: part, into: children, from: kind })),
    };
  }
  return { tree: primeOf(nodes, steps, splitter), parts: [] };
}

function primeOf(nodes: readonly number[], steps: readonly StepPlan[], splitter: Splitter): PrimeShape {
  const needsOf = (node: number): readonly number[] => splitter.needsOf(node);
  const leaves = new Map<number, LeafShape>(
    nodes.map((node) => [node, { kind: 'leaf', step: steps[node]! }]),
  );
  return {
    kind: 'prime',
    lanes: lanesOf(nodes, needsOf).map((lane) => lane.map((node) => leaves.get(node)!)),
    leaves: [...leaves.values()],
    needs: new Map(nodes.map((node) => [steps[node]!.id, needsOf(node).map((need) => steps[need]!.id)])),
  };
}

/** Every node of the tree, parents before children, children in order; the leaves of prime blocks stay inside them. */
export function preOrder(tree: ShapeTree): ShapeTree[] {
  const nodes: ShapeTree[] = [];
  const stack = [tree];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    if ('children' in node) for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
  return nodes;
}
