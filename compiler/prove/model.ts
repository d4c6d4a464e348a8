/** A plan made ready for the questions: graphs of its blocks, worlds, and how every step may end in each. */
import type { StepCatalog } from '../catalog.ts';
import { BLOCK_NAMES, type BlockName, type Plan } from '../plan.ts';
import { type BlockGraph, graphOfBlock, type StepNode } from './block-graph.ts';
import { type PossibleEnds, possibleEnds } from './possible-ends.ts';
import { type BlockRun, type Order, type Script, simulate } from './simulate.ts';
import type { SliceExplorer } from './slice.ts';
import { type World, type Worlds, worldsOf } from './worlds.ts';

export interface Model {
  plan: Plan;
  source: string;
  catalog: StepCatalog;
  graphs: Readonly<Record<BlockName, BlockGraph>>;
  worlds: Worlds;
  /** By world, in the order of `worlds.all`. */
  possible: Readonly<Record<BlockName, readonly PossibleEnds[]>>;
  /** The main steps when all goes well, in a world by its place in `worlds.all`. Played once. */
  calmRun(at: number, ties?: Order['ties']): BlockRun;
  budget: Budget;
  explorer: SliceExplorer | undefined;
}

/** What searches may still cost; what is left open when it is used up is said to be unknown. */
export interface Budget {
  /** Gates of simulated runs that may still be decided, for the question at hand. */
  gates: number;
  /** Transitions that may still be tried where regions are gone through state by state. */
  transitions: number;
  /** Steps of traces that may still be followed on the statechart. */
  follows: number;
}

/** For each question, about a tenth of a second of work. */
export const SEARCH_GATES = 100_000;
const TRANSITIONS = 3000;
const FOLLOWS = 600;

export function modelOf(plan: Plan, source: string, catalog: StepCatalog, explorer?: SliceExplorer): Model {
  const graphs = {
    steps: graphOfBlock(plan, 'steps', { catalog, source }),
    errors: graphOfBlock(plan, 'errors', { catalog, source }),
    finally: graphOfBlock(plan, 'finally', { catalog, source }),
  };
  const worlds = worldsOf(
    plan,
    BLOCK_NAMES.map((name) => graphs[name]),
  );
  const steps = possibleEnds(graphs.steps, worlds.all);
  const main = steps.map(({ any }) => ({ graph: graphs.steps, any }));
  return {
    plan,
    source,
    catalog,
    graphs,
    worlds,
    possible: {
      steps,
      errors: possibleEnds(graphs.errors, worlds.all, main),
      finally: possibleEnds(graphs.finally, worlds.all, main),
    },
    calmRun: calmRuns(graphs.steps, worlds),
    budget: { gates: SEARCH_GATES, transitions: TRANSITIONS, follows: FOLLOWS },
    explorer,
  };
}

function calmRuns(graph: BlockGraph, { all }: Worlds): Model['calmRun'] {
  const runs = { 'joins-first': [] as BlockRun[], 'joins-last': [] as BlockRun[] };
  const racing = graph.nodes.some(({ dispensers }) => dispensers.length > 0);
  return (at, ties = 'joins-first') => {
    const of = runs[racing ? ties : 'joins-first'];
    of[at] ??= simulate(graph, calmScript(all[at] ?? new Map(), ties));
    return of[at];
  };
}

/** Nothing fails, and what is not known is taken as it comes. */
export const calmScript = (world: World, ties: Order['ties'] = 'joins-first'): Script => ({
  world,
  ends: new Map(),
  unmet: new Set(),
  timedOut: new Set(),
  pending: new Set(),
  order: { ends: 'deviants-last', ties },
});

/** Ledger path of a step. */
export const pathIn = (block: BlockName, id: string): string => (block === 'steps' ? id : `${block}/${id}`);

/** Place in the document. */
export function placeOf({ plan }: Model, block: BlockName, { step }: StepNode, field?: string): string {
  const at = `${block}[${plan.blocks[block].indexOf(step)}]`;
  return field === undefined ? at : `${at}.${field}`;
}

/** Worlds that differ in what the conditions of these steps look at; indexes into `worlds.all`. */
export function distinctWorlds(
  { worlds }: Model,
  nodes: readonly StepNode[],
): { at: number; world: World }[] {
  if (worlds.all.length === 1) return [{ at: 0, world: worlds.all[0]! }];
  const looked = new Set<string>();
  for (const { looks } of nodes) for (const path of looks) looked.add(path);
  const seen = new Set<string>();
  const found: { at: number; world: World }[] = [];
  for (const [at, world] of worlds.all.entries()) {
    const relevant = new Map([...world].filter(([path]) => looked.has(path)));
    const key = JSON.stringify([...relevant]);
    if (seen.has(key)) continue;
    seen.add(key);
    found.push({ at, world: relevant });
  }
  return found;
}
