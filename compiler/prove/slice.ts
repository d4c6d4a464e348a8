/**
 * The emitted statechart of a few steps with nothing in it that acts: steps end by events, and what the ledger would hold is
 * context. Explored state by state by whoever has a machine to run it with.
 */

import type { SettledStatus, StateNodeJson, TransitionJson } from '../emit/emitted.ts';
import { emitBlock } from '../emit/index.ts';
import type { Plan } from '../plan.ts';
import { type BlockGraph, dispensableFor, isQuorum, type StepNode } from './block-graph.ts';
import { type Fate, statusOf } from './fate.ts';
import { type GateView, isDecided, type Mode, scopeOf, verdictsOf } from './gate-model.ts';
import { partialEvaluate } from './partial-evaluate.ts';
import { keepsOutput } from './possible-ends.ts';
import type { World } from './worlds.ts';

export interface SliceState {
  ends: Readonly<Record<string, Fate>>;
  /** How steps that have begun may still end. */
  begun: Readonly<Record<string, readonly Fate[]>>;
  /** Ends that the gate decided at once. */
  decided: Readonly<Record<string, Fate>>;
  mode: Mode;
  unwanted: readonly string[];
}

export type SliceEvent = { type: 'end'; id: string; as: Fate } | { type: 'timer.due'; name: string };

/** A small machine in plain JSON, and what its named guards and actions mean. Every function is pure. */
export interface Slice {
  machine: StateNodeJson;
  initial: SliceState;
  /** Ids of its steps, needs first. */
  order: readonly string[];
  /** The gate of a step whose turn has come. */
  gate(state: SliceState, id: string): SliceState;
  settle(state: SliceState, id: string, as: Fate): SliceState;
  settled(state: SliceState, ids: readonly string[]): boolean;
  joinMet(state: SliceState, id: string): boolean;
  /** What may happen next. */
  events(state: SliceState): SliceEvent[];
}

export interface SliceExplorer {
  /**
   * The shortest way to a state in which all is over and `goal` holds; `none` when every state was seen, `exceeded` when more
   * transitions would have to be tried than `budget` has, from which those that were tried are taken.
   */
  find(
    slice: Slice,
    goal: (state: SliceState) => boolean,
    budget: { transitions: number },
  ): SliceEvent[] | 'none' | 'exceeded';
  /** The state at the end of these events. */
  follow(slice: Slice, events: readonly SliceEvent[]): SliceState | undefined;
}

/** Steps in a slice that is explored; the number of states is exponential in it. */
export const MAX_SLICE = 10;

const STATUSES: readonly SettledStatus[] = ['success', 'skipped', 'canceled', 'failed'];
const ALL_FATES: readonly Fate[] = ['success', 'allowed', 'failed', 'skipped', 'canceled'];

/** @returns undefined where the region is so wide that it would be a fleet. */
export function sliceOf(
  plan: Plan,
  graph: BlockGraph,
  cone: readonly number[],
  world: World,
): Slice | undefined {
  const steps = cone.map((index) => graph.nodes[index]!.step);
  const part = { ...plan, blocks: { ...plan.blocks, steps } };
  // In one machine: what runs cut into segments behaves as the whole does, and here everything is one machine.
  const body = emitBlock(part, 'steps', { segmentSteps: Number.POSITIVE_INFINITY });
  const working = body.machine.states?.working;
  if (body.fleets.length > 0 || working === undefined) return undefined;
  const machine: StateNodeJson = {
    id: 'slice',
    ...(working.initial !== undefined && { initial: working.initial }),
    states: Object.fromEntries(
      Object.entries(working.states ?? {}).map(([key, node]) => [key, withoutEffects(node)]),
    ),
  };
  return { machine, ...meaningOf(graph, new Set(cone), world) };
}

function withoutEffects(node: StateNodeJson): StateNodeJson {
  const step = node.meta?.step;
  const id = typeof step === 'object' && step !== null && !Array.isArray(step) ? step.id : undefined;
  const states = Object.entries(node.states ?? {}).map(([key, child]): [string, StateNodeJson] => [
    key,
    key === 'active' && typeof id === 'string' ? activeState(id) : withoutEffects(child),
  ]);
  return states.length === 0 ? node : { ...node, states: Object.fromEntries(states) };
}

/** Instead of a step actor: what the gate decides at once, else an event for every end. */
function activeState(id: string): StateNodeJson {
  const transition = (type: string, as: Fate): TransitionJson => ({
    guard: { type, params: { id, as } },
    target: STATUSES.find((status) => status === statusOf(as)) ?? 'failed',
    actions: [{ type: 'settle', params: { id, as } }],
  });
  return {
    entry: [{ type: 'gate', params: { id } }],
    always: ALL_FATES.map((as) => transition('decided', as)),
    on: { end: ALL_FATES.map((as) => transition('ends', as)) },
  };
}

function meaningOf(graph: BlockGraph, members: ReadonlySet<number>, world: World): Omit<Slice, 'machine'> {
  const nodeAt = (id: string): StepNode => graph.byId.get(id)!;
  const fatesOf = (state: SliceState, node: StepNode): (Fate | undefined)[] =>
    node.needs.map((need) => state.ends[graph.nodes[need]!.id]);
  const viewOf = (state: SliceState): GateView => ({
    graph,
    world,
    mode: state.mode,
    fateOf: (id) => state.ends[id],
    keepsOutput: (id) => keepsOutput(id, graph, undefined),
  });
  return {
    order: [...members].map((index) => graph.nodes[index]!.id),
    initial: { ends: {}, begun: {}, decided: {}, mode: 'open', unwanted: [] },
    gate: (state, id) => {
      const node = nodeAt(id);
      const verdicts = verdictsOf(node, { ...viewOf(state), unwanted: state.unwanted.includes(id) });
      const ends = verdicts.settles.map(({ as }) => as);
      const [only] = ends;
      if (only !== undefined && (verdicts.begins !== true || node.join !== undefined) && ends.length === 1)
        return { ...state, decided: { ...state.decided, [id]: only } };
      const work = verdicts.begins === true && node.join === undefined ? workEnds(node, viewOf(state)) : [];
      return { ...state, begun: { ...state.begun, [id]: [...new Set([...work, ...ends])] } };
    },
    settle: (state, id, as) => settle(graph, members, state, nodeAt(id), as),
    settled: (state, ids) => ids.every((id) => state.ends[id] !== undefined),
    joinMet: (state, id) => state.mode === 'canceled' || isDecided(nodeAt(id), fatesOf(state, nodeAt(id))),
    events: (state) => [
      ...Object.entries(state.begun)
        .filter(([id]) => state.ends[id] === undefined)
        .flatMap(([id, ends]) => ends.map((as): SliceEvent => ({ type: 'end', id, as }))),
      ...[...members]
        .map((index) => graph.nodes[index]!)
        .filter(({ id, join }) => join?.timeoutMs !== undefined && state.ends[id] === undefined)
        .map(({ id }): SliceEvent => ({ type: 'timer.due', name: `join:${id}` })),
    ],
  };
}

function workEnds(node: StepNode, view: GateView): Fate[] {
  const failure: Fate = node.step.allowFailure ? 'allowed' : 'failed';
  const needs = node.needs.map((need) => view.fateOf(view.graph.nodes[need]!.id));
  const cannot = node.sites.some(
    ({ root }) => partialEvaluate(root, scopeOf(view, needs)).throws !== undefined,
  );
  if (cannot) return [failure];
  return ['success', ...(node.canFail ? [failure] : []), ...(node.canSkip ? ['skipped' as const] : [])];
}

function settle(
  graph: BlockGraph,
  members: ReadonlySet<number>,
  state: SliceState,
  node: StepNode,
  as: Fate,
): SliceState {
  const ends = { ...state.ends, [node.id]: as };
  const next: SliceState = { ...state, ends };
  if ((as === 'success' || as === 'allowed') && node.join?.cancelRest === true) {
    const isOpen = (index: number): boolean =>
      members.has(index) && ends[graph.nodes[index]!.id] === undefined;
    const isOver = (index: number): boolean => ends[graph.nodes[index]!.id] !== undefined;
    const rest = [...dispensableFor(graph.nodes, node, isOpen, isOver)].map(
      (index) => graph.nodes[index]!.id,
    );
    next.unwanted = [...state.unwanted, ...rest].sort();
  }
  const fails = (index: number): boolean => {
    const { id, judges } = graph.nodes[index]!;
    return ends[id] === 'failed' && judges.every((judge) => ends[graph.nodes[judge]!.id] === 'skipped');
  };
  // A quorum join that is skipped leaves its branches to themselves.
  const isOver = fails(node.index) || (as === 'skipped' && isQuorum(node) && node.needs.some(fails));
  if (isOver && graph.onFailure !== 'continue')
    next.mode = graph.onFailure === 'cancel' || state.mode === 'canceled' ? 'canceled' : 'draining';
  const cut = Object.keys(next.begun).filter(
    (id) => ends[id] === undefined && (next.mode === 'canceled' || next.unwanted.includes(id)),
  );
  if (cut.length > 0)
    next.decided = { ...next.decided, ...Object.fromEntries(cut.map((id) => [id, 'canceled' as const])) };
  return next;
}
