/** The dag view: the steps of a block and the needs between them, with crowds of look-alikes cut short. */
import { type BlockName, edgesOf, type StepPlan } from '#compiler';
import { MAX_SHOWN } from './model.ts';
import { pathOf, type StatusCounts, type StepNode } from './step-node.ts';

/** What stands for many steps that have the same needs and the same dependents. */
export interface CrowdNode {
  /** Unique among all nodes. */
  path: string;
  hidden: number;
  counts: StatusCounts;
}
/** Exactly one of `step` and `crowd`, or neither: a junction, where "all of these before all of those" meets in one point. */
export interface DagNode {
  /** Unique among all nodes of the graph. */
  path: string;
  step?: StepNode;
  crowd?: CrowdNode;
}
export interface DagEdge {
  from: string;
  to: string;
  /** The dependent is a join that may go on without it. */
  soft: boolean;
}
export interface DagView {
  block: BlockName;
  /** Needs before dependents. */
  nodes: DagNode[];
  edges: DagEdge[];
}

export function dagOf(
  block: BlockName,
  plans: readonly StepPlan[],
  steps: ReadonlyMap<string, StepNode>,
): DagView {
  const { steps: ordered, edges } = edgesOf(plans);
  const ids = ordered.map((step) => step.id);
  const crowdOf = crowds(ids, edges);
  const node = (id: string): string => crowdOf.get(id)?.path ?? pathOf(block, id);
  const nodes = new Map<string, DagNode>();
  for (const id of ids) {
    const crowd = crowdOf.get(id);
    const step = steps.get(pathOf(block, id))!;
    if (crowd === undefined) nodes.set(step.path, { path: step.path, step });
    else {
      if (step.status !== undefined) crowd.counts[step.status] = (crowd.counts[step.status] ?? 0) + 1;
      nodes.set(crowd.path, { path: crowd.path, crowd });
    }
  }
  const drawn = new Map<string, DagEdge>();
  for (const { from, to, soft } of edges) {
    drawn.set(`${node(from)} ${node(to)} ${soft}`, { from: node(from), to: node(to), soft });
  }
  return withJunctions({ block, nodes: [...nodes.values()], edges: [...drawn.values()] });
}

/** Replaces every "each of m before each of n" of at least 6 edges by m edges into a junction and n out of it. */
function withJunctions(view: DagView): DagView {
  const needs = groupedBy(
    view.edges.filter((edge) => !edge.soft),
    (edge) => edge.to,
  );
  const alike = groupedBy([...needs.keys()], (path) =>
    needs
      .get(path)!
      .map((edge) => edge.from)
      .join(' '),
  );
  const junctionOf = new Map<string, DagNode>();
  const edges: DagEdge[] = [];
  for (const dependents of alike.values()) {
    const sources = needs.get(dependents[0]!)!.map((edge) => edge.from);
    if (sources.length < 2 || dependents.length < 2 || sources.length * dependents.length < 6) continue;
    const junction: DagNode = { path: `before ${dependents[0]}` };
    for (const path of dependents) junctionOf.set(path, junction);
    edges.push(...sources.map((from) => ({ from, to: junction.path, soft: false })));
    edges.push(...dependents.map((to) => ({ from: junction.path, to, soft: false })));
  }
  const placed = new Set<DagNode>();
  const nodes = view.nodes.flatMap((node) => {
    const junction = junctionOf.get(node.path);
    if (junction === undefined || placed.has(junction)) return [node];
    placed.add(junction);
    return [junction, node];
  });
  const kept = view.edges.filter((edge) => edge.soft || !junctionOf.has(edge.to));
  return { block: view.block, nodes, edges: [...kept, ...edges] };
}

function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

/** Which steps are drawn as part of a crowd: of each group beyond the limit all but the first few. */
function crowds(ids: readonly string[], edges: readonly DagEdge[]): Map<string, CrowdNode> {
  const around = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to, soft } of edges) {
    around.get(from)!.push(`>${to}${soft ? '?' : ''}`);
    around.get(to)!.push(`<${from}${soft ? '?' : ''}`);
  }
  const groups = groupedBy(ids, (id) => around.get(id)!.join(' '));
  const members = new Map<string, CrowdNode>();
  for (const group of groups.values()) {
    if (group.length <= MAX_SHOWN) continue;
    const rest = group.slice(MAX_SHOWN - 1);
    const crowd: CrowdNode = { path: `${rest[0]} +${rest.length - 1}`, hidden: rest.length, counts: {} };
    for (const id of rest) members.set(id, crowd);
  }
  return members;
}
