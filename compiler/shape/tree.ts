/** Plan block → series-parallel tree: what can be drawn as sequences and forks, and the prime blocks that are left. */
import type { StepPlan } from '../plan.ts';
import { dagOf } from './dag.ts';
import { primeOf } from './prime.ts';
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
/** A block that is neither: lanes side by side that wait for parts of each other. No child is itself a `prime`. */
export interface PrimeShape {
  readonly kind: 'prime';
  /** The children, each after the one before it in its lane. */
  readonly lanes: readonly (readonly ShapeTree[])[];
  /** Needs before dependents. */
  readonly children: readonly ShapeTree[];
  /** Which children must settle before a child begins; also the one before it in its lane. */
  readonly needs: ReadonlyMap<ShapeTree, readonly ShapeTree[]>;
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
  const leaves = nodes.map((node): LeafShape => ({ kind: 'leaf', step: steps[node]! }));
  const indexOf = new Map(nodes.map((node, index) => [node, index]));
  const needsOf = (index: number): number[] =>
    splitter.needsOf(nodes[index]!).map((need) => indexOf.get(need)!);
  return { tree: primeOf(leaves, needsOf), parts: [] };
}

/** Every node of the tree, parents before children, children in order. */
export function preOrder(tree: ShapeTree): ShapeTree[] {
  const nodes: ShapeTree[] = [];
  const stack = [tree];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    if ('children' in node) for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
  return nodes;
}

/** Ids of the steps after which nothing of the tree is left to run. Not for prime blocks. */
export function lastSteps(tree: ShapeTree): string[] {
  const ids: string[] = [];
  const stack = [tree];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.kind === 'leaf') ids.push(node.step.id);
    else if (node.kind === 'sequence') stack.push(node.children.at(-1)!);
    else for (const child of node.children.toReversed()) stack.push(child);
  }
  return ids;
}
