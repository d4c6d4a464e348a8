/** Looks for a run that shows something: first without any failure, then with one, then with two or a whole row of needs. */
import type { BlockName } from '../plan.ts';
import { coneOf, type StepNode } from './block-graph.ts';
import { exploreRegion } from './explore-region.ts';
import { distinctWorlds, type Model } from './model.ts';
import type { Trace } from './proof.ts';
import { type BlockRun, type Script, simulate } from './simulate.ts';
import { describeWorld } from './worlds.ts';

export interface PlanRun {
  script: Script;
  steps: BlockRun;
  errors?: BlockRun;
  finally?: BlockRun;
  /** Main steps that took part; the others are still running when it is over. */
  cone: readonly number[];
}

export interface Wanted {
  /** Steps that must take part, with all they need. */
  focus: Readonly<Partial<Record<BlockName, readonly number[]>>>;
  /** True for the run that is looked for. */
  goal(run: PlanRun): boolean;
  /** Steps whose ends matter most: they are made to depart from success first. */
  suspects?: readonly string[];
  /** The least and most failures and the like to try. @default 0 to 2 */
  deviations?: { min?: number; max?: number };
}

interface Deviation {
  id: string;
  how: 'fails' | 'skips' | 'unmet' | 'times out';
}

/** Steps near the question that are made to depart from success, one or two at a time. */
const MAX_SINGLE = 60;
const MAX_PAIRED = 12;

interface Stage {
  model: Model;
  wanted: Wanted;
  cones: Readonly<Record<BlockName, readonly number[]>>;
}

/**
 * @returns `none`: every state of the region was seen, and there is no such run. undefined: none was found, which proves
 * nothing.
 */
export function search(model: Model, wanted: Wanted): PlanRun | 'none' | undefined {
  if (model.budget.gates <= 0) return undefined;
  return tryScripts(model, wanted) ?? exploreRegion(model, wanted);
}

function tryScripts(model: Model, wanted: Wanted): PlanRun | undefined {
  const cones = {
    steps: coneOf(model.graphs.steps, wanted.focus.steps ?? []),
    errors: coneOf(model.graphs.errors, wanted.focus.errors ?? []),
    finally: coneOf(model.graphs.finally, wanted.focus.finally ?? []),
  };
  model.budget.gates -= cones.steps.length;
  const nodes = cones.steps.map((index) => model.graphs.steps.nodes[index]!);
  const others = [
    ...cones.errors.map((index) => model.graphs.errors.nodes[index]!),
    ...cones.finally.map((index) => model.graphs.finally.nodes[index]!),
  ];
  const worlds = distinctWorlds(model, [...nodes, ...others]);
  const stage: Stage = { model, wanted, cones };
  for (const deviations of plans([...nodes, ...others], nodes, wanted)) {
    for (const { world } of worlds) {
      for (const order of ordersFor(model, nodes, deviations)) {
        if (model.budget.gates <= 0) return undefined;
        const run = play(stage, scriptOf(world, deviations, order));
        if (wanted.goal(run)) return run;
      }
    }
  }
  return undefined;
}

/** Sets of deviations, small ones first. */
function* plans(
  all: readonly StepNode[],
  main: readonly StepNode[],
  { deviations: { min = 0, max = 2 } = {}, suspects = [] }: Wanted,
): Generator<readonly Deviation[]> {
  if (min === 0) yield [];
  if (max < 1) return;
  const first = new Set(suspects);
  const near: Deviation[] = all.filter(({ id }) => first.has(id)).flatMap(deviationsOf);
  for (let at = all.length - 1; at >= 0 && near.length < MAX_SINGLE; at--)
    if (!first.has(all[at]!.id)) near.push(...deviationsOf(all[at]!));
  for (const one of near) yield [one];
  if (max < 2) return;
  for (const row of rows(main)) yield row;
  const few = near.slice(0, MAX_PAIRED);
  for (const [at, one] of few.entries())
    for (const other of few.slice(at + 1)) if (other.id !== one.id) yield [one, other];
}

function deviationsOf(node: StepNode): Deviation[] {
  const { id } = node;
  return [
    ...(node.canFail ? [{ id, how: 'fails' as const }] : []),
    ...(node.canSkip ? [{ id, how: 'skips' as const }] : []),
    ...(node.condition !== undefined ? [{ id, how: 'unmet' as const }] : []),
    ...(node.join?.timeoutMs !== undefined ? [{ id, how: 'times out' as const }] : []),
  ];
}

/** For every join: its first needs fail, three of them, four, … all. */
function* rows(nodes: readonly StepNode[]): Generator<readonly Deviation[]> {
  const byIndex = new Map(nodes.map((node) => [node.index, node]));
  for (const { join, needs } of [...nodes].reverse()) {
    if (join === undefined) continue;
    const row = needs.flatMap((need) => deviationsOf(byIndex.get(need)!).slice(0, 1));
    for (let length = 2; length <= row.length; length++) yield row.slice(0, length);
  }
}

/** Who is quicker matters only where a failure or a join ends what others do. */
function ordersFor(
  model: Model,
  nodes: readonly StepNode[],
  deviations: readonly Deviation[],
): readonly Script['order'][] {
  if (deviations.length === 0) return ['deviants-last'];
  const matters = model.plan.onFailure !== 'continue' || nodes.some(({ join }) => join?.cancelRest === true);
  return matters ? ['deviants-last', 'deviants-first'] : ['deviants-last'];
}

function scriptOf(world: Script['world'], deviations: readonly Deviation[], order: Script['order']): Script {
  const ids = (how: Deviation['how']): string[] =>
    deviations.filter((each) => each.how === how).map(({ id }) => id);
  return {
    world,
    order,
    ends: new Map([
      ...ids('fails').map((id) => [id, 'failed'] as const),
      ...ids('skips').map((id) => [id, 'skipped'] as const),
    ]),
    unmet: new Set(ids('unmet')),
    timedOut: new Set(ids('times out')),
  };
}

function play({ model, cones }: Stage, script: Script): PlanRun {
  const { graphs, budget } = model;
  budget.gates -= 1 + cones.steps.length + cones.errors.length + cones.finally.length;
  const steps = simulate(graphs.steps, script, cones.steps);
  const main = { graph: graphs.steps, ends: steps.ends };
  const run: PlanRun = { script, steps, cone: cones.steps };
  if (cones.errors.length > 0 && steps.failures.length > 0)
    run.errors = simulate(graphs.errors, script, cones.errors, main);
  if (cones.finally.length > 0) run.finally = simulate(graphs.finally, script, cones.finally, main);
  return run;
}

/** The run as people read it. Ends of parts that went well and are not asked about stay in: they are the way there. */
export function traceOf(run: PlanRun, outcome: string): Trace {
  const blocks: [string, BlockRun | undefined][] = [
    ['', run.steps],
    ['errors/', run.errors],
    ['finally/', run.finally],
  ];
  const given = describeWorld(run.script.world);
  const events: Trace['events'] = [];
  for (const [prefix, block] of blocks) {
    for (const { step, met } of block?.assumed ?? [])
      given.push(`the "if" of ${prefix}${step} is ${met ? 'true' : 'false'}`);
    for (const event of block?.events ?? []) events.push({ ...event, step: prefix + event.step });
  }
  return { given, events, outcome };
}
