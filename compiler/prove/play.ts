/** One run of the steps a search is about, played as its script says. */
import type { BlockName } from '../plan.ts';
import type { DeviationLimits } from './deviations.ts';
import type { Model } from './model.ts';
import { type BlockRun, type Script, type SeenBlock, simulate } from './simulate.ts';
import type { World } from './worlds.ts';

/** As much of a run as its search needs. */
export interface SeenRun {
  script: Script;
  steps: SeenBlock;
  errors?: SeenBlock;
  finally?: SeenBlock;
}

export interface PlanRun extends SeenRun {
  steps: BlockRun;
  errors?: BlockRun;
  finally?: BlockRun;
  /** Main steps that took part; the others are still running when it is over. */
  cone: readonly number[];
}

export interface Wanted extends DeviationLimits {
  /** Steps that must take part, with all they need. */
  focus: Readonly<Partial<Record<BlockName, readonly number[]>>>;
  /** True for the run that is looked for. */
  goal(run: SeenRun): boolean;
}

/** A search that is under way: who takes part in each block, and in which worlds. */
export interface Stage {
  model: Model;
  wanted: Wanted;
  cones: Readonly<Record<BlockName, readonly number[]>>;
  worlds: readonly { at: number; world: World }[];
  /** Main steps that take part and that a join may end. */
  endable: readonly number[];
}

export function play(stage: Stage, script: Script): PlanRun {
  const { model, cones } = stage;
  model.budget.gates -= 1 + cones.steps.length;
  const steps = simulate(model.graphs.steps, script, { only: cones.steps });
  return { script, steps, cone: cones.steps, ...otherBlocks(stage, script, steps) };
}

/** The other blocks after these main steps. */
export function otherBlocks(
  { model, cones }: Stage,
  script: Script,
  steps: SeenBlock,
): Pick<PlanRun, 'errors' | 'finally'> {
  const { graphs, budget } = model;
  budget.gates -= cones.errors.length + cones.finally.length;
  const main = { graph: graphs.steps, ends: steps.ends };
  const played = (block: 'errors' | 'finally'): BlockRun | undefined =>
    cones[block].length === 0 || (block === 'errors' && steps.failures.length === 0)
      ? undefined
      : simulate(graphs[block], script, { only: cones[block], main });
  const [errors, last] = [played('errors'), played('finally')];
  return { ...(errors && { errors }), ...(last && { finally: last }) };
}
