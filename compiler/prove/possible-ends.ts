/**
 * How each step may end in one world: an over-approximation in one pass over the block, so that what is not among the possible
 * ends can never happen. Failures are not correlated with one another; a search decides what is left open by that.
 */
import { referencesOf } from '../expr/references.ts';
import { type BlockGraph, quorumOf, type StepNode } from './block-graph.ts';
import { BIT, type Fate, type Fates, fatesIn, has, SUCCEEDED } from './fate.ts';
import { type GateView, type Mode, type Verdicts, verdictsOf } from './gate-model.ts';
import type { Value } from './partial-value.ts';
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

/** @param main the main steps in each of the worlds, for other blocks. */
export function possibleEnds(
  graph: BlockGraph,
  worlds: readonly World[],
  main: readonly MainEnds[] = [],
): PossibleEnds[] {
  const memo: OutcomeMemo[] = graph.nodes.map(() => new Map());
  const ender = soleEnders(graph);
  return worlds.map((world, at) => endsIn({ graph, world, main: main[at], memo, ender }));
}

function endsIn(given: Pick<At, 'graph' | 'world' | 'main' | 'memo' | 'ender'>): PossibleEnds {
  const { graph, world, ender } = given;
  const { nodes, onFailure } = graph;
  const calm: Fates[] = [];
  const unended: Fates[] = [];
  const any: Fates[] = [];
  const begins: boolean[] = [];
  const failing: number[] = [];
  const isCareful = onFailure !== 'continue';
  for (const node of nodes) {
    const { begins: mayBegin, ends } = outcomeOf(node, { ...given, sets: calm, unended, mode: 'open' });
    const outcome = { begins: mayBegin, ends: node.dispensers.length > 0 ? ends | BIT.canceled : ends };
    const calmly = isCareful && node.judges.length === 0 ? ~BIT.failed : ~0;
    calm[node.index] = outcome.ends & calmly;
    unended[node.index] =
      calmly &
      (ender[node.index] === undefined
        ? ends
        : outcomeOf(node, { ...given, sets: unended, unended, mode: 'open' }).ends);
    any[node.index] = outcome.ends;
    begins[node.index] = outcome.begins;
  }
  for (const { index, judges } of nodes)
    if (has(any[index]!, 'failed') && judges.every((judge) => has(any[judge]!, 'skipped')))
      failing.push(index);
  if (!isCareful) return { world, calm, any, begins, failing };
  const late: Fates = onFailure === 'drain' ? BIT.skipped : BIT.canceled;
  const mayBeLate = (node: StepNode): boolean =>
    (onFailure === 'cancel' || node.needs.length > 0) &&
    failing.some((index) => index !== node.index && !graph.settledBefore.has(index, node.index));
  for (const node of nodes) {
    const isLate = mayBeLate(node);
    any[node.index]! |= blockedEnds(node, any);
    if (isLate) any[node.index]! |= late;
    if (!node.asksStatus || onFailure === 'cancel' || !isLate) continue;
    const outcome = outcomeOf(node, { ...given, sets: any, unended: any, mode: 'draining' });
    any[node.index]! |= outcome.ends;
    begins[node.index] ||= outcome.begins;
  }
  return { world, calm, any, begins, failing };
}

/** Outcomes of a step by what they follow from, as worlds often differ in nothing that concerns it. */
type OutcomeMemo = Map<string, Outcome>;

interface At {
  graph: BlockGraph;
  world: World;
  sets: readonly Fates[];
  mode: Mode;
  main: MainEnds | undefined;
  memo: readonly OutcomeMemo[];
  ender: ReturnType<typeof soleEnders>;
  /** As `sets`, but for the ends that joins bring about. */
  unended: readonly Fates[];
}

const outcomeOf = (node: StepNode, at: At): Outcome =>
  node.condition === undefined ? unconditional(node, at) : conditional(node, at);

/**
 * By step: the only join whose going on can have ended it or what it follows from, `many`, or undefined where none can. What a
 * join ends by going on is not there when that join is judged.
 */
function soleEnders({ nodes }: BlockGraph): (number | 'many' | undefined)[] {
  const enders: (number | 'many' | undefined)[] = [];
  for (const { index, needs, dispensers } of nodes) {
    const all = new Set([...dispensers, ...needs.map((need) => enders[need])]);
    all.delete(undefined);
    all.delete(index);
    const [one, ...more] = all;
    enders[index] = more.length > 0 ? 'many' : one;
  }
  return enders;
}

/** How a need may have ended when the step is judged. */
const seenEnds = ({ index, join }: StepNode, { sets, unended, ender }: At, need: number): Fates =>
  (join !== undefined && ender[need] === index ? unended : sets)[need]!;

/** What a step may end as once it has begun. */
export function endsOnceBegun(node: StepNode): Fates {
  let ends: Fates = BIT.success;
  if (node.canFail) ends |= node.step.allowFailure ? BIT.allowed : BIT.failed;
  return node.canSkip ? ends | BIT.skipped : ends;
}

function unconditional(node: StepNode, at: At): Outcome {
  const { sets } = at;
  if (node.join !== undefined) return { begins: true, ends: judgedEnds(node, at) };
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

function judgedEnds(node: StepNode, at: At): Fates {
  const own = node.needs.map((need) => seenEnds(node, at, need));
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
  const looked = node.looks.map((path) => keyOf(at.world.get(path)));
  const key = [at.mode, ...variables.map(({ set }) => set), ...looked].join(' ');
  const memo = at.memo[node.index];
  const outcome = memo?.get(key) ?? combined(node, at, variables);
  memo?.set(key, outcome);
  return outcome;
}

function keyOf(value: Value | undefined): string {
  if (value?.kind === 'known') return JSON.stringify(value.value);
  return value?.kind === 'other' ? `other ${value.truthy}` : '-';
}

function combined(node: StepNode, at: At, variables: readonly Variable[]): Outcome {
  const product = variables.reduce((size, { set }) => size * fatesIn(set).length, 1);
  if (product > MAX_COMBINATIONS) {
    const open = verdictsOf(
      node,
      viewOf(at, () => undefined),
    );
    const begins = open.begins === true;
    const judged = node.join === undefined ? (begins ? endsOnceBegun(node) : 0) : judgedEnds(node, at);
    return { begins, ends: judged | settledEnds(open) | blockedEnds(node, at.sets) };
  }
  const outcome: Outcome = { begins: false, ends: 0 };
  eachCombination(variables, (fates) => {
    const verdicts = verdictsOf(
      node,
      viewOf(at, (id) => fates.get(id)),
    );
    outcome.ends |= settledEnds(verdicts);
    if (verdicts.begins !== true) return;
    outcome.begins = true;
    if (node.join === undefined) outcome.ends |= endsOnceBegun(node);
    else if (node.join.timeoutMs !== undefined) outcome.ends |= judgedEnds(node, at);
  });
  return outcome;
}

const settledEnds = (verdicts: Verdicts): Fates =>
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
function variablesOf(node: StepNode, at: At): Variable[] {
  const { graph, main } = at;
  const own = node.needs.map((need) => ({ id: graph.nodes[need]!.id, set: seenEnds(node, at, need) }));
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
