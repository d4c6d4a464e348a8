/** Where a step that sends the run back leads to in the tree, if a single transition can lead there. */
import { preOrder, type ShapeTree } from './tree.ts';

export interface WaysBack {
  /** By step id: the part of a sequence that is entered again. */
  readonly targets: ReadonlyMap<string, ShapeTree>;
  /** Steps from which no transition can lead back, and why. */
  readonly blocked: readonly { id: string; to: string; why: string }[];
}

/**
 * A part that lies before the step in a sequence both are in can be entered again: whatever else is under way between the two
 * depends on it, and begins anew as well.
 */
export function waysBack(root: ShapeTree): WaysBack {
  const nodes = preOrder(root);
  const parents = new Map<ShapeTree, ShapeTree>();
  const leaves = new Map<string, ShapeTree>();
  for (const node of nodes) {
    if (node.kind === 'leaf') leaves.set(node.step.id, node);
    else for (const child of node.children) parents.set(child, node);
  }
  const targets = new Map<string, ShapeTree>();
  const blocked: { id: string; to: string; why: string }[] = [];
  for (const node of nodes) {
    if (node.kind !== 'leaf' || node.step.backTo === undefined) continue;
    const { id, backTo } = node.step;
    const target = backTo === '' ? firstPart(root) : partBefore(node, leaves.get(backTo), parents);
    if (target !== undefined) targets.set(id, target);
    else
      blocked.push({
        id,
        to: backTo,
        why:
          backTo === ''
            ? 'the workflow begins with several steps at once'
            : 'other branches depend on steps between the two',
      });
  }
  return { targets, blocked };
}

const firstPart = (root: ShapeTree): ShapeTree | undefined =>
  root.kind === 'sequence' ? root.children[0] : undefined;

/** The child of the innermost common ancestor that holds `to`, when that ancestor is a sequence. */
function partBefore(
  from: ShapeTree,
  to: ShapeTree | undefined,
  parents: ReadonlyMap<ShapeTree, ShapeTree>,
): ShapeTree | undefined {
  const above = new Set<ShapeTree>();
  for (let node: ShapeTree | undefined = from; node !== undefined; node = parents.get(node)) above.add(node);
  let part = to;
  for (let node = to && parents.get(to); node !== undefined; node = parents.get(node)) {
    if (above.has(node)) return node.kind === 'sequence' ? part : undefined;
    part = node;
  }
  return undefined;
}
