/** One block of a plan as the proofs see it: steps by number, what each may do by itself, and who tolerates whose failure. */
import type { StepCatalog } from '../catalog.ts';
import type { Node } from '../expr/ast.ts';
import { referencesOf, usesStatusFunction } from '../expr/references.ts';
import { parseExpressionText } from '../expr/source.ts';
import { successesWanted } from '../lower/join.ts';
import type { BlockName, JoinPlan, Plan, StepPlan } from '../plan.ts';
import { orderOf } from '../shape/dag.ts';
import { isSoftJoin } from '../shape/soft-join.ts';
import { type Ancestors, ancestorsIn } from './ancestors.ts';
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
  /** Quorum joins that judge it: as long as one of them is not skipped, its failure does not fail the run. */
  judges: number[];
  /** Expressions of its fields that read other steps: where one certainly fails, so does the step. */
  sites: readonly Site[];
  /** Joins that may end it because they do not wait for it any more: `cancelRest`. */
  dispensers: number[];
}

export interface BlockGraph {
  name: BlockName;
  nodes: readonly StepNode[];
  byId: ReadonlyMap<string, StepNode>;
  /** Which steps lie before which. */
  above: Ancestors;
  /** Which steps have settled whenever another begins or is judged. A join may not wait for all of its needs. */
  settledBefore: Ancestors;
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
    if (isQuorum(node)) for (const need of node.needs) nodes[need]!.judges.push(node.index);
  }
  const settledBefore = ancestorsIn(nodes, ({ soft }) => soft);
  // Only a soft join can have ended before something it needs has.
  for (const node of nodes)
    if (node.soft && node.join?.cancelRest === true) markDispensable(nodes, node, settledBefore);
  return {
    name,
    nodes,
    byId: new Map(nodes.map((node) => [node.id, node])),
    above: ancestorsIn(nodes),
    settledBefore,
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
    canSkip: !isJoin && step.onTimeout === 'skip' && hasLimit(step),
    judges: [],
    dispensers: [],
    sites: sitesOfStep(step, source),
  };
}

/** A join that judges its branches itself. */
export const isQuorum = ({ join }: StepNode): boolean => join !== undefined && join.condition.type !== 'all';

/** Such an `if` is asked for every item, not for the step as a whole. */
const mentionsItem = (condition: string): boolean =>
  referencesOf(condition, { expression: true }).some(({ root }) => root === 'item' || root === 'index');

const holdsTemplate = (step: StepPlan): boolean => JSON.stringify(step.fields).includes('${{');
const hasLimit = (step: StepPlan): boolean =>
  step.timeoutMs !== undefined || step.totalTimeoutMs !== undefined;

/** Its needs, and backwards from them every step whose dependents may all be dispensed with. */
function markDispensable(nodes: readonly StepNode[], join: StepNode, settledBefore: Ancestors): void {
  // Unless it goes on with a partial result, one of its needs has succeeded, and what lies before that one is over.
  const isOver = (index: number): boolean =>
    settledBefore.has(join.index, index) ||
    (join.join?.onTimeout !== 'partial' &&
      join.needs.every((need) => need === index || settledBefore.has(need, index)));
  const rest = dispensableFor(
    nodes,
    join,
    (index) => !isOver(index),
    (index) => nodes[index]!.soft,
  );
  for (const index of rest) nodes[index]!.dispensers.push(join.index);
}

/** What nobody waits for any more once the join goes on, among the steps that are still open. */
export function dispensableFor(
  nodes: readonly StepNode[],
  join: StepNode,
  isOpen: (index: number) => boolean,
  isOver = (index: number): boolean => !isOpen(index),
): Set<number> {
  const unwanted = new Set<number>();
  const consider = (index: number): void => {
    const isIdle = (user: number): boolean =>
      user === join.index || unwanted.has(user) || (isOver(user) && nodes[user]!.join?.cancelRest !== false);
    if (isOpen(index) && nodes[index]!.dependents.every(isIdle)) unwanted.add(index);
  };
  for (const need of join.needs) consider(need);
  // A set that grows is gone through to its end.
  for (const index of unwanted) for (const need of nodes[index]!.needs) consider(need);
  return unwanted;
}

/** Successes a join asks for. */
export const quorumOf = ({ join, needs }: StepNode, skipped: number): number =>
  successesWanted((join ?? ALL).condition, needs.length, skipped);

/** The given steps and all that decides what becomes of them: what lies before them, and the joins that may end them. Ascending. */
export function coneOf({ nodes }: BlockGraph, from: readonly number[]): number[] {
  const cone = new Set(from);
  for (const index of cone) {
    const { needs, dispensers } = nodes[index]!;
    for (const need of needs) cone.add(need);
    for (const join of dispensers) cone.add(join);
  }
  return [...cone].sort((a, b) => a - b);
}
