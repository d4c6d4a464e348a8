/** Puts nodes that have the same needs and the same dependents into one box, where drawing them side by side would take too much room. */
import type { DagEdge, DagNode, DagView } from './dag.ts';

export interface FoldedNode {
  /** Of its first member. */
  path: string;
  members: DagNode[];
}

/** @param atLeast Smaller groups are left alone. */
export function foldAlike(view: DagView, atLeast: number): { nodes: FoldedNode[]; edges: DagEdge[] } {
  const around = new Map<string, string[]>(view.nodes.map((node) => [node.path, []]));
  for (const { from, to, soft } of view.edges) {
    around.get(from)?.push(`>${soft}${to}`);
    around.get(to)?.push(`<${soft}${from}`);
  }
  const keyOf = (node: DagNode): string => {
    const isJunction = node.step === undefined && node.crowd === undefined;
    return isJunction ? `= ${node.path}` : around.get(node.path)!.join(' ');
  };
  const sizes = new Map<string, number>();
  for (const node of view.nodes) sizes.set(keyOf(node), (sizes.get(keyOf(node)) ?? 0) + 1);
  const folded = new Map<string, FoldedNode>();
  const pathOf = new Map<string, string>();
  for (const node of view.nodes) {
    const key = sizes.get(keyOf(node))! < atLeast ? `= ${node.path}` : keyOf(node);
    const group = folded.get(key);
    if (group === undefined) folded.set(key, { path: node.path, members: [node] });
    else group.members.push(node);
    pathOf.set(node.path, group?.path ?? node.path);
  }
  const edges = new Map<string, DagEdge>();
  for (const { from, to, soft } of view.edges) {
    const edge = { from: pathOf.get(from) ?? from, to: pathOf.get(to) ?? to, soft };
    edges.set(`${edge.from} ${edge.to} ${soft}`, edge);
  }
  return { nodes: [...folded.values()], edges: [...edges.values()] };
}
