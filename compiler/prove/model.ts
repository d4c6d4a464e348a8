/** A plan made ready for the questions: graphs of its blocks, worlds, and how every step may end in each. */
import type { StepCatalog } from '../catalog.ts';
import { BLOCK_NAMES, type BlockName, type Plan } from '../plan.ts';
import { type BlockGraph, graphOfBlock, type StepNode } from './block-graph.ts';
import { type PossibleEnds, possibleEnds } from './possible-ends.ts';
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
  /** Gates that searches may still decide; what is left open when it is used up is said to be unknown. */
  budget: { gates: number /** Traces that may still be followed on the statechart. */; follows: number };
  explorer: SliceExplorer | undefined;
}

/** A few tenths of a second of work. */
const SEARCH_GATES = 120_000;

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
  const steps = worlds.all.map((world) => possibleEnds(graphs.steps, world));
  const other = (name: BlockName): PossibleEnds[] =>
    worlds.all.map((world, at) =>
      possibleEnds(graphs[name], world, { graph: graphs.steps, any: steps[at]!.any }),
    );
  return {
    plan,
    source,
    catalog,
    graphs,
    worlds,
    possible: { steps, errors: other('errors'), finally: other('finally') },
    budget: { gates: SEARCH_GATES, follows: 20 },
    explorer,
  };
}

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
