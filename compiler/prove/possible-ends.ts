/**
 * How each step may end in one world: an over-approximation in one pass over the block, so that what is not among the possible
 * ends can never happen. Failures are not correlated with one another; a search decides what is left open by that.
 */
import { referencesOf } from '../expr/references.ts';
import { type BlockGraph, quorumOf, type StepNode } from './block-graph.ts';
import { BIT, type Fate, type Fates, fatesIn, SUCCEEDED } from './fate.ts';
import { type GateView, type Mode, type Verdicts, verdictsOf } from './gate-model.ts';
import type { World } from './worlds.ts';

export interface PossibleEnds {
  world: World;
  /** Ends by node while nothing has failed the run yet. */
  calm: Fates[];
  /** All ends by node. */
  any: Fates[];
  /** The step's work may be done; of a join: it may be judged. */
  begins: boolean[];
  /** Steps whose failure may be the first that fails the run. */
  failing: number[];
}

/** The main steps as the other blocks see them: settled, in any way. */
export interface MainEnds {
  graph: BlockGraph;
  any: readonly Fates[];
}

/** Combinations of ends of needs that are looked at one by one; beyond, their ends are taken as open. */
const MAX_COMBINATIONS = 256;

interface Outcome {
  begins: boolean;
  ends: Fates;
}

export function possibleEnds(graph: BlockGraph, world: World, main?: MainEnds): PossibleEnds {
  const { nodes, onFailure } = graph;
  const calm: Fates[] = [];
  const any: Fates[] = [];
  const begins: boolean[] = [];
  const failing: number[] = [];
  const failed: boolean[] = [];
  const isCareful = onFailure !== 'continue';
  for (const node of nodes) {
    const outcome = outcomeOf(node, { graph, world, sets: calm, mode: 'open', main });
    failed[node.index] = (outcome.ends & BIT.failed) !== 0 && !node.tolerated;
    if (failed[node.index]) failing.push(node.index);
    calm[node.index] = isCareful && !node.tolerated ? outcome.ends & ~BIT.failed : outcome.ends;
    any[node.index] = outcome.ends;
    begins[node.index] = outcome.begins;
  }
  if (!isCareful) return { world, calm, any, begins, failing };
  const late: Fates = onFailure === 'drain' ? BIT.skipped : BIT.canceled;
  for (const node of nodes) {
    const isLate = failing.length > 1 || (failing.length === 1 && failing[0] !== node.index);
    any[node.index]! |= blockedEnds(node, any);
    if (isLate) any[node.index]! |= late;
    if (!node.asksStatus || onFailure === 'cancel' || !isLate) continue;
    const outcome = outcomeOf(node, { graph, world, sets: any, mode: 'draining', main });
    any[node.index]! |= outcome.ends;
    begins[node.index] ||= outcome.begins;
  }
  return { world, calm, any, begins, failing };
}

interface At {
  graph: BlockGraph;
  world: World;
  sets: readonly Fates[];
  mode: Mode;
  main: MainEnds | undefined;
}

function outcomeOf(node: StepNode, at: At): Outcome {
  const outcome = node.condition === undefined ? unconditional(node, at) : conditional(node, at);
  if (node.dispensable) outcome.ends |= BIT.canceled;
  return outcome;
}

/** What a step may end as once it has begun. */
export function endsOnceBegun(node: StepNode): Fates {
  let ends: Fates = BIT.success;
  if (node.canFail) ends |= node.step.allowFailure ? BIT.allowed : BIT.failed;
  return node.canSkip ? ends | BIT.skipped : ends;
}

function unconditional(node: StepNode, { sets }: At): Outcome {
  if (node.join !== undefined) return { begins: true, ends: judgedEnds(node, sets) };
  const fine = node.needsJoin ? SUCCEEDED | BIT.skipped : SUCCEEDED;
  const begins = node.asksStatus || node.needs.every((need) => (sets[need]! & fine) !== 0);
  return { begins, ends: blockedEnds(node, sets) | (begins ? endsOnceBegun(node) : 0) };
}

/** Ends that come from needs alone. */
function blockedEnds(node: StepNode, sets: readonly Fates[]): Fates {
  if (node.asksStatus || node.join !== undefined) return 0;
  let ends: Fates = 0;
  for (const need of node.needs) {
    const set = sets[need]!;
    if ((set & BIT.failed) !== 0 || (!node.needsJoin && (set & BIT.skipped) !== 0)) ends |= BIT.skipped;
    ends |= set & BIT.canceled;
  }
  return ends;
}

function judgedEnds(node: StepNode, sets: readonly Fates[]): Fates {
  const own = node.needs.map((need) => sets[need]!);
  const bad: Fates = node.step.allowFailure ? BIT.allowed : BIT.failed;
  let mayMeet: boolean;
  let mayMiss: boolean;
  if (node.join?.condition.type === 'all') {
    mayMeet = own.every((set) => (set & (SUCCEEDED | BIT.skipped)) !== 0);
    mayMiss = own.some((set) => (set & (BIT.failed | BIT.canceled)) !== 0);
  } else {
    const wanted = quorumOf(node, 0);
    mayMeet = own.filter((set) => (set & SUCCEEDED) !== 0).length >= wanted;
    mayMiss = own.filter((set) => (set & ~SUCCEEDED) === 0).length < wanted;
  }
  if (node.join?.timeoutMs !== undefined) {
    if (node.join.onTimeout === 'partial') mayMeet = true;
    else mayMiss = true;
  }
  return (mayMeet ? BIT.success : 0) | (mayMiss ? bad : 0);
}

function conditional(node: StepNode, at: At): Outcome {
  const variables = variablesOf(node, at);
  const product = variables.reduce((size, { set }) => size * fatesIn(set).length, 1);
  if (product > MAX_COMBINATIONS) {
    const open = verdictsOf(
      node,
      viewOf(at, () => undefined),
    );
    const begins = open.begins === true;
    const judged = node.join === undefined ? (begins ? endsOnceBegun(node) : 0) : judgedEnds(node, at.sets);
    return { begins, ends: judged | settledEnds(open, node) | blockedEnds(node, at.sets) };
  }
  const outcome: Outcome = { begins: false, ends: 0 };
  eachCombination(variables, (fates) => {
    const verdicts = verdictsOf(
      node,
      viewOf(at, (id) => fates.get(id)),
    );
    outcome.ends |= settledEnds(verdicts, node);
    if (verdicts.begins !== true) return;
    outcome.begins = true;
    if (node.join === undefined) outcome.ends |= endsOnceBegun(node);
    else if (node.join.timeoutMs !== undefined) outcome.ends |= judgedEnds(node, at.sets);
  });
  return outcome;
}

const settledEnds = (verdicts: Verdicts, _node: StepNode): Fates =>
  verdicts.settles.reduce((ends: Fates, { as }) => ends | BIT[as], 0);

function viewOf(at: At, fateOf: (id: string) => Fate | undefined): GateView {
  return {
    graph: at.graph,
    world: at.world,
    mode: at.mode,
    fateOf,
    keepsOutput: (id) => keepsOutput(id, at.graph, at.main?.graph),
  };
}

/** Joins put out what they counted, fan-outs their items, whatever their end. */
export function keepsOutput(id: string, own: BlockGraph, main: BlockGraph | undefined): boolean {
  const step = (own.byId.get(id) ?? main?.byId.get(id))?.step;
  return step?.kind === 'join' || step?.foreach !== undefined || step?.matrix !== undefined;
}

export interface Variable {
  id: string;
  set: Fates;
}

/** Steps whose ends the gate looks at. */
function variablesOf(node: StepNode, { graph, sets, main }: At): Variable[] {
  const own = node.needs.map((need) => ({ id: graph.nodes[need]!.id, set: sets[need]! }));
  if (main === undefined || node.step.if === undefined) return own;
  const foreign = new Map<string, Fates>();
  for (const { root, path } of referencesOf(node.step.if, { expression: true })) {
    const [id] = path;
    if (root !== 'steps' || typeof id !== 'string' || graph.byId.has(id)) continue;
    const found = main.graph.byId.get(id);
    if (found !== undefined) foreign.set(id, main.any[found.index]!);
  }
  return [...own, ...Array.from(foreign, ([id, set]) => ({ id, set }))];
}

export function eachCombination(
  variables: readonly Variable[],
  visit: (fates: ReadonlyMap<string, Fate>) => void,
): void {
  const fates = new Map<string, Fate>();
  const choose = (at: number): void => {
    const variable = variables[at];
    if (variable === undefined) visit(fates);
    else
      for (const fate of fatesIn(variable.set)) {
        fates.set(variable.id, fate);
        choose(at + 1);
      }
  };
  choose(0);
}
