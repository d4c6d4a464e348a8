/** The last resort of a search: all states of the statechart of the steps concerned, when they are few. */
import { type BlockGraph, coneOf } from './block-graph.ts';
import type { Fate } from './fate.ts';
import { calmScript, distinctWorlds, type Model } from './model.ts';
import type { PlanRun, Wanted } from './play.ts';
import type { BlockRun, TraceEvent } from './simulate.ts';
import { MAX_SLICE, type Slice, type SliceEvent, type SliceState, sliceOf } from './slice.ts';
import type { World } from './worlds.ts';

export function exploreRegion(model: Model, { focus, goal }: Wanted): PlanRun | 'none' | undefined {
  const graph = model.graphs.steps;
  const isMain = focus.errors === undefined && focus.finally === undefined;
  const cone = coneOf(graph, focus.steps ?? []);
  if (model.explorer === undefined || !isMain || cone.length === 0 || cone.length > MAX_SLICE)
    return undefined;
  if (leastStates(graph, cone) > model.budget.transitions) return undefined;
  for (const { world } of distinctWorlds(
    model,
    cone.map((index) => graph.nodes[index]!),
  )) {
    const slice = sliceOf(model.plan, graph, cone, world);
    if (slice === undefined) return undefined;
    const isGoal = (state: SliceState): boolean => goal(runOf(model, slice, world, { state, events: [] }));
    const found = model.explorer.find(slice, isGoal, model.budget);
    if (found === 'exceeded') return undefined;
    if (found === 'none') continue;
    const state = model.explorer.follow(slice, found);
    if (state !== undefined) return runOf(model, slice, world, { state, events: found });
  }
  return isClosed(model, cone) ? 'none' : undefined;
}

/** Steps on one level may be open, begun or over in any combination. */
function leastStates({ nodes }: BlockGraph, cone: readonly number[]): number {
  const levels: number[] = [];
  for (const index of cone)
    levels[index] = 1 + Math.max(-1, ...nodes[index]!.needs.map((need) => levels[need] ?? 0));
  const widths = new Map<number, number>();
  for (const index of cone) {
    const level = levels[index] ?? 0;
    const isChoice = nodes[index]!.join === undefined;
    widths.set(level, (widths.get(level) ?? 0) + (isChoice ? 1 : 0));
  }
  return Math.max(0, ...Array.from(widths.values(), (width) => 3 ** width));
}

/** No failure elsewhere can make steps of the region end in ways that the region alone does not show. */
function isClosed({ graphs, possible }: Model, cone: readonly number[]): boolean {
  const inside = new Set(cone);
  if (graphs.steps.onFailure === 'continue') return true;
  return possible.steps.every(({ failing }) => failing.every((index) => inside.has(index)));
}

function runOf(
  model: Model,
  slice: Slice,
  world: World,
  { state, events }: { state: SliceState; events: readonly SliceEvent[] },
): PlanRun {
  const graph = model.graphs.steps;
  const ends = new Map<string, Fate>(Object.entries(state.ends));
  const began = (id: string): boolean => {
    const work = state.begun[id];
    const isJoin = graph.byId.get(id)?.join !== undefined;
    return work === undefined
      ? isJoin && /^(success|allowed|failed)$/.test(ends.get(id) ?? '')
      : work.length > 0;
  };
  const isCounted = (id: string): boolean =>
    graph.byId.get(id)?.judges.every((judge) => ends.get(graph.nodes[judge]!.id) === 'skipped') === true;
  const block: BlockRun = {
    ends,
    begun: new Set([...ends.keys()].filter(began)),
    events: tracedEvents(slice, events, ends),
    failures: [...ends].flatMap(([id, end]) => (end === 'failed' && isCounted(id) ? [id] : [])),
    assumed: [],
  };
  return {
    script: calmScript(world),
    steps: block,
    cone: slice.order.map((id) => graph.byId.get(id)!.index),
  };
}

/** The ends that were chosen, and those that followed from them. */
function tracedEvents(
  slice: Slice,
  events: readonly SliceEvent[],
  ends: ReadonlyMap<string, Fate>,
): TraceEvent[] {
  const chosen = events.flatMap((event) =>
    event.type === 'end' ? [{ step: event.id, ends: event.as }] : [],
  );
  const named = new Set(chosen.map(({ step }) => step));
  const order = slice.order.filter((id) => !named.has(id) && ends.has(id));
  return [...chosen, ...order.map((step): TraceEvent => ({ step, ends: ends.get(step) ?? 'skipped' }))];
}
