/** The last resort of a search: all states of the statechart of the steps concerned, when they are few. */
import { coneOf } from './block-graph.ts';
import type { Fate } from './fate.ts';
import { distinctWorlds, type Model } from './model.ts';
import type { PlanRun, Wanted } from './search.ts';
import type { BlockRun, Script, TraceEvent } from './simulate.ts';
import { MAX_SLICE, type Slice, type SliceEvent, type SliceState, sliceOf } from './slice.ts';
import type { World } from './worlds.ts';

export function exploreRegion(model: Model, { focus, goal }: Wanted): PlanRun | 'none' | undefined {
  const graph = model.graphs.steps;
  const isMain = focus.errors === undefined && focus.finally === undefined;
  const cone = coneOf(graph, focus.steps ?? []);
  if (model.explorer === undefined || !isMain || cone.length === 0 || cone.length > MAX_SLICE)
    return undefined;
  for (const { world } of distinctWorlds(
    model,
    cone.map((index) => graph.nodes[index]!),
  )) {
    if (model.budget.gates <= 0) return undefined;
    const slice = sliceOf(model.plan, graph, cone, world);
    if (slice === undefined) return undefined;
    const isGoal = (state: SliceState): boolean => goal(runOf(model, slice, world, { state, events: [] }));
    model.budget.gates -= EXPLORED;
    const found = model.explorer.find(slice, isGoal);
    if (found === 'exceeded') return undefined;
    if (found === 'none') continue;
    const state = model.explorer.follow(slice, found);
    if (state !== undefined) return runOf(model, slice, world, { state, events: found });
  }
  return isClosed(model, cone) ? 'none' : undefined;
}

/** What one exploration may cost, in gates of the common bound. */
const EXPLORED = 20_000;

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
  const block: BlockRun = {
    ends,
    begun: new Set([...ends.keys()].filter(began)),
    events: tracedEvents(slice, events, ends),
    failures: [...ends].flatMap(([id, end]) =>
      end === 'failed' && graph.byId.get(id)?.tolerated === false ? [id] : [],
    ),
    assumed: [],
  };
  const script: Script = {
    world,
    ends: new Map(),
    unmet: new Set(),
    timedOut: new Set(),
    order: 'deviants-last',
  };
  return { script, steps: block, cone: slice.order.map((id) => graph.byId.get(id)!.index) };
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
