/** Cuts long sequences into stretches that are machines of their own: a machine is built as a whole, however few of its states are still ahead. */
import type { ShapeTree } from '../shape/tree.ts';

/** Consecutive children of a sequence; one alone is no segment and stays where it is. */
export type Stretch = readonly ShapeTree[];

/**
 * @param nodes     Parents first.
 * @param collapsed Nodes that are run as fleets; each is a single state of its machine.
 * @param size      Steps of a segment. Reached, not kept: a child with more steps is not cut apart here.
 * @param whole     Sequences a step leads back in: a transition cannot lead from one machine into another.
 * @returns The stretches, in order, of the sequences that are cut.
 */
export function cutSequences(
  nodes: readonly ShapeTree[],
  collapsed: ReadonlySet<ShapeTree>,
  size: number,
  whole: ReadonlySet<ShapeTree>,
): Map<ShapeTree, readonly Stretch[]> {
  const cuts = new Map<ShapeTree, readonly Stretch[]>();
  const steps = new Map<ShapeTree, number>();
  const stepsIn = (children: readonly ShapeTree[]): number =>
    children.reduce((sum, child) => sum + steps.get(child)!, 0);
  for (const node of nodes.toReversed()) {
    if (node.kind === 'leaf' || collapsed.has(node)) {
      steps.set(node, 1);
      continue;
    }
    steps.set(node, stepsIn(node.children));
    if (node.kind !== 'sequence' || steps.get(node)! <= 2 * size || whole.has(node)) continue;
    const stretches = cut(node.children, (child) => steps.get(child)!, size);
    cuts.set(node, stretches);
    steps.set(
      node,
      stretches.reduce((sum, stretch) => sum + (stretch.length > 1 ? 1 : stepsIn(stretch)), 0),
    );
  }
  return cuts;
}

function cut(
  children: readonly ShapeTree[],
  stepsOf: (child: ShapeTree) => number,
  size: number,
): readonly Stretch[] {
  const stretches: ShapeTree[][] = [];
  let stretch: ShapeTree[] = [];
  let steps = 0;
  for (const child of children) {
    stretch.push(child);
    steps += stepsOf(child);
    if (steps < size) continue;
    stretches.push(stretch);
    stretch = [];
    steps = 0;
  }
  if (stretch.length > 0) stretches.push(stretch);
  return stretches;
}
