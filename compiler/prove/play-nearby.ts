/**
 * A run of which only the part is played that its failures can change: the steps after them, those that joins may end, or all
 * that are not before them. The others have ended before, as they do when nothing goes wrong, which is played once for each world.
 */
import type { Ancestors } from './ancestors.ts';
import type { Deviation } from './deviations.ts';
import type { Model } from './model.ts';
import { otherBlocks, type PlanRun, type SeenRun, type Stage } from './play.ts';
import { type BlockRun, type Script, type SeenBlock, simulate } from './simulate.ts';

/** Regions up to this size are played as a whole. */
const SMALL = 40;

/** What one of these plays costs beside its gates, in gates. */
const OVERHEAD = 4;

export interface NearbyRun extends SeenRun {
  /** All of it, with what happened before. */
  whole(): PlanRun;
}

/** @returns undefined where the whole run must be played to see anything. */
export function playNearby(
  stage: Stage,
  script: Script,
  { at, deviations }: { at: number; deviations: readonly Deviation[] },
): NearbyRun | undefined {
  const { model, cones } = stage;
  const cone = cones.steps;
  if (cone.length <= SMALL || script.timedOut.size + script.pending.size > 0) return undefined;
  const before = model.calmRun(at, script.order.ties);
  if (before.failures.length > 0) return undefined;
  const members = membersOf(stage, { script, deviations });
  if (members.size * 2 > cone.length) return undefined;
  model.budget.gates -= OVERHEAD + members.size + (cone.length >> 6);
  const played = simulate(model.graphs.steps, script, { only: [...members], before: before.ends });
  const steps = laidOver(model, { before, played, members });
  const others = otherBlocks(stage, script, steps);
  const whole = (): PlanRun => ({
    script,
    steps: joined(stage, { before, played, members }),
    cone,
    ...others,
  });
  return { script, steps, ...others, whole };
}

/** Those after a deviation; where it comes before all else, those that are not before every deviation; and what these may end. */
function membersOf(
  { model, cones, endable }: Stage,
  { script, deviations }: { script: Script; deviations: readonly Deviation[] },
): ReadonlySet<number> {
  const { nodes, byId, above } = model.graphs.steps;
  const deviants = deviations.flatMap(({ id }) => byId.get(id)?.index ?? []);
  const near =
    script.order.ends === 'deviants-first'
      ? cones.steps.filter((index) => !deviants.every((deviant) => above.has(deviant, index)))
      : stepsAfter(cones.steps, deviants, above);
  if (endable.length === 0) return new Set(near);
  const members = new Set(near);
  const within = new Set(cones.steps);
  for (const index of members) {
    for (const after of nodes[index]!.dependents) if (within.has(after)) members.add(after);
    if (nodes[index]!.join?.cancelRest !== true) continue;
    for (const each of endable) if (nodes[each]!.dispensers.includes(index)) members.add(each);
  }
  return new Set([...members].sort((a, b) => a - b));
}

/** The given ones, and all in the cone that come after one of them. Steps stand after what they need. */
function stepsAfter(cone: readonly number[], from: readonly number[], above: Ancestors): number[] {
  const least = Math.min(...from);
  const found: number[] = [];
  for (let at = cone.length - 1; at >= 0 && cone[at]! >= least; at--) {
    const index = cone[at]!;
    if (from.some((each) => index === each || above.has(index, each))) found.push(index);
  }
  return found.reverse();
}

interface Parts {
  before: BlockRun;
  played: BlockRun;
  members: ReadonlySet<number>;
}

function laidOver({ graphs }: Model, { before, played, members }: Parts): SeenBlock {
  const { byId } = graphs.steps;
  const of = (id: string): SeenBlock => (members.has(byId.get(id)?.index ?? -1) ? played : before);
  return {
    ends: { get: (id) => of(id).ends.get(id), has: (id) => of(id).ends.has(id) },
    begun: { has: (id) => of(id).begun.has(id) },
    failures: played.failures,
  };
}

function joined({ model, cones }: Stage, { before, played, members }: Parts): BlockRun {
  const { nodes } = model.graphs.steps;
  const earlier = new Set(cones.steps.flatMap((index) => (members.has(index) ? [] : [nodes[index]!.id])));
  const isEarlier = ([id]: readonly [string, unknown]): boolean => earlier.has(id);
  return {
    ends: new Map([...[...before.ends].filter(isEarlier), ...played.ends]),
    begun: new Set([...[...before.begun].filter((id) => earlier.has(id)), ...played.begun]),
    events: [...before.events.filter(({ step }) => earlier.has(step)), ...played.events],
    failures: played.failures,
    assumed: [...before.assumed.filter(({ step }) => earlier.has(step)), ...played.assumed],
  };
}
