/** One block of a plan as the proofs see it: steps by number, what each may do by itself, and who tolerates whose failure. */
import type { StepCatalog } from '../catalog.ts';
import type { Node } from '../expr/ast.ts';
import { referencesOf, usesStatusFunction } from '../expr/references.ts';
import { parseExpressionText } from '../expr/source.ts';
import type { BlockName, JoinPlan, Plan, StepPlan } from '../plan.ts';
import { orderOf } from '../shape/dag.ts';
import { isSoftJoin } from '../shape/soft-join.ts';
import { type Site, sitesOfStep } from './reference-sites.ts';

export interface StepNode {
  /** Place in `BlockGraph.nodes`: every need has a smaller one. */
  index: number;
  id: string;
  step: StepPlan;
  needs: readonly number[];
  dependents: number[];
  join?: JoinPlan;
  /** May be judged before all of its needs have settled. */
  soft: boolean;
  condition?: Node;
  /** Paths the condition looks at, such as `inputs.env`. */
  looks: readonly string[];
  /** Its `if` looks at statuses itself, so that failed needs do not keep it from beginning. */
  asksStatus: boolean;
  needsJoin: boolean;
  /** Once begun, it may fail. */
  canFail: boolean;
  /** Once begun, it may end as skipped: `onTimeout: skip`. */
  canSkip: boolean;
  /** A quorum join judges it, so its failure does not fail the run. */
  tolerated: boolean;
  /** Expressions of its fields that read other steps: where one certainly fails, so does the step. */
  sites: readonly Site[];
  /** May be canceled because a `cancelRest` join does not wait for it any more. */
  dispensable: boolean;
}

export interface BlockGraph {
  name: BlockName;
  nodes: readonly StepNode[];
  byId: ReadonlyMap<string, StepNode>;
  /** What a failure does to steps that have not begun. Only the main steps know anything but `continue`. */
  onFailure: Plan['onFailure'];
}

const ALL: JoinPlan = { condition: { type: 'all' }, onTimeout: 'fail', cancelRest: false };

export function graphOfBlock(
  plan: Plan,
  name: BlockName,
  { catalog, source }: { catalog: StepCatalog; source: string },
): BlockGraph {
  const steps = plan.blocks[name];
  const { order, needs } = orderOf(steps);
  const nodes = order.map((at, index) => nodeOf(steps[at]!, index, needs[index]!, { catalog, source }));
  for (const node of nodes) {
    for (const need of node.needs) nodes[need]!.dependents.push(node.index);
    node.needsJoin = node.needs.some((need) => nodes[need]!.step.kind === 'join');
    if (node.join === undefined || node.join.condition.type === 'all') continue;
    for (const need of node.needs) nodes[need]!.tolerated = true;
  }
  for (const node of nodes) if (node.join?.cancelRest === true) markDispensable(nodes, node);
  return {
    name,
    nodes,
    byId: new Map(nodes.map((node) => [node.id, node])),
    onFailure: name === 'steps' ? plan.onFailure : 'continue',
  };
}

function nodeOf(
  step: StepPlan,
  index: number,
  needs: readonly number[],
  { catalog, source }: { catalog: StepCatalog; source: string },
): StepNode {
  const control = catalog.get(step.kind)?.control;
  const isJoin = control === 'join';
  const fansOut = step.foreach !== undefined || step.matrix !== undefined;
  const kind = catalog.get(step.kind);
  const plainWait =
    control === 'suspend' &&
    !fansOut &&
    step.timeoutMs === undefined &&
    kind?.expressionFields === undefined &&
    !holdsTemplate(step);
  return {
    index,
    id: step.id,
    step,
    needs,
    dependents: [],
    ...(isJoin && { join: step.join ?? ALL }),
    soft: isSoftJoin(step),
    ...(step.if !== undefined &&
      !mentionsItem(step.if) && { condition: parseExpressionText(step.if).parsed.root }),
    looks:
      step.if === undefined
        ? []
        : referencesOf(step.if, { expression: true }).map(({ root, path }) => [root, ...path].join('.')),
    asksStatus: step.if !== undefined && usesStatusFunction(step.if),
    needsJoin: false,
    canFail: !isJoin && !plainWait,
    canSkip: !isJoin && !step.allowFailure && step.onTimeout === 'skip' && hasLimit(step),
    tolerated: false,
    dispensable: false,
    sites: sitesOfStep(step, source),
  };
}

/** Such an `if` is asked for every item, not for the step as a whole. */
const mentionsItem = (condition: string): boolean =>
  referencesOf(condition, { expression: true }).some(({ root }) => root === 'item' || root === 'index');

const holdsTemplate = (step: StepPlan): boolean => JSON.stringify(step.fields).includes('${{');
const hasLimit = (step: StepPlan): boolean =>
  step.timeoutMs !== undefined || step.totalTimeoutMs !== undefined;

/** Its needs, and backwards from them every step whose dependents may all be dispensed with. */
function markDispensable(nodes: readonly StepNode[], join: StepNode): void {
  for (const node of dispensableFor(nodes, join, () => true)) nodes[node]!.dispensable = true;
}

/** What nobody wants any more once the join is met, among the steps that are still open. */
export function dispensableFor(
  nodes: readonly StepNode[],
  join: StepNode,
  isOpen: (index: number) => boolean,
): Set<number> {
  const unwanted = new Set(join.needs.filter(isOpen));
  for (const index of unwanted) {
    for (const need of nodes[index]!.needs) {
      const users = nodes[need]!.dependents;
      if (isOpen(need) && users.every((user) => unwanted.has(user) || user === join.index))
        unwanted.add(need);
    }
  }
  return unwanted;
}

/** Successes a join asks for. */
export function quorumOf({ join, needs }: StepNode, skipped: number): number {
  const { condition } = join ?? ALL;
  switch (condition.type) {
    case 'all':
      return needs.length - skipped;
    case 'any':
      return Math.min(1, needs.length);
    case 'count':
      return condition.count;
    case 'percent':
      return Math.ceil((needs.length * condition.percent) / 100);
    default:
      return condition satisfies never;
  }
}

/** The given steps and all that lies before them, ascending. */
export function coneOf(graph: BlockGraph, from: readonly number[]): number[] {
  const cone = new Set(from);
  for (const index of cone) for (const need of graph.nodes[index]!.needs) cone.add(need);
  return [...cone].sort((a, b) => a - b);
}
