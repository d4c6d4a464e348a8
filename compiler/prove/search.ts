/** Looks for a run that shows something: first without any failure, then with one, then with two or a whole row of needs. */
import { coneOf, type StepNode } from './block-graph.ts';
import { deviationSets, scriptOf } from './deviations.ts';
import { exploreRegion } from './explore-region.ts';
import { distinctWorlds, type Model, SEARCH_GATES } from './model.ts';
import { type PlanRun, play, type Stage, type Wanted } from './play.ts';
import { playNearby } from './play-nearby.ts';
import type { Trace } from './proof.ts';
import type { BlockRun, Order } from './simulate.ts';
import { describeWorld } from './worlds.ts';

/**
 * @returns `none`: every state of the region was seen, and there is no such run. undefined: none was found, which proves
 * nothing.
 */
export function search(model: Model, wanted: Wanted): PlanRun | 'none' | undefined {
  if (model.budget.gates <= 0) return undefined;
  const found = tryScripts(stageOf(model, wanted));
  // What does not end is not among the states in which all is over.
  return found ?? (wanted.pending === undefined ? exploreRegion(model, wanted) : undefined);
}

function stageOf(model: Model, wanted: Wanted): Stage {
  const cones = {
    steps: coneOf(model.graphs.steps, wanted.focus.steps ?? []),
    errors: coneOf(model.graphs.errors, wanted.focus.errors ?? []),
    finally: coneOf(model.graphs.finally, wanted.focus.finally ?? []),
  };
  model.budget.gates -= 1 + (cones.steps.length >> 3);
  const endable = cones.steps.filter((index) => model.graphs.steps.nodes[index]!.dispensers.length > 0);
  return { model, wanted, cones, worlds: distinctWorlds(model, nodesOf(model, cones)), endable };
}

const nodesOf = ({ graphs }: Model, cones: Stage['cones']): StepNode[] =>
  (['steps', 'errors', 'finally'] as const).flatMap((block) =>
    cones[block].map((index) => graphs[block].nodes[index]!),
  );

function tryScripts(stage: Stage): PlanRun | undefined {
  const { model, wanted, cones, worlds } = stage;
  const floor = Math.max(0, model.budget.gates - SEARCH_GATES / 8);
  const nodes = nodesOf(model, cones);
  const main = nodes.slice(0, cones.steps.length);
  for (const deviations of deviationSets(nodes, main, wanted)) {
    for (const world of worlds) {
      for (const order of ordersFor(stage, deviations.length)) {
        if (model.budget.gates <= floor) return undefined;
        const script = scriptOf(world.world, deviations, { ...wanted, order });
        const nearby = playNearby(stage, script, { at: world.at, deviations });
        if (nearby !== undefined) {
          if (wanted.goal(nearby)) return nearby.whole();
          continue;
        }
        const run = play(stage, script);
        if (wanted.goal(run)) return run;
      }
    }
  }
  return undefined;
}

/** Who is quicker matters only where a failure or a join ends what others do. */
function ordersFor({ model, endable }: Stage, deviations: number): readonly Order[] {
  const races = endable.length > 0;
  const ends: Order['ends'][] = ['deviants-last'];
  if (deviations > 0 && (races || model.plan.onFailure !== 'continue')) ends.push('deviants-first');
  const orders = ends.map((each): Order => ({ ends: each, ties: 'joins-first' }));
  return races ? [...orders, { ends: 'deviants-last', ties: 'joins-last' }] : orders;
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
