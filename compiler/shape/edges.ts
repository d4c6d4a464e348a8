/** The edges a reader wants to see between the steps of a block: needs that no other need implies, and what soft joins watch. */
import type { StepPlan } from '../plan.ts';
import { orderOf } from './dag.ts';
import { reduceNeeds } from './reduce.ts';
import { isSoftJoin } from './soft-join.ts';

export interface Edge {
  /** Id of the step that is needed. */
  readonly from: string;
  readonly to: string;
  /** The dependent is a join that may go on without it. */
  readonly soft: boolean;
}

/**
 * Steps with needs first, in source order wherever the needs allow it, and the edges between them.
 * @throws {Error} A need that is no step of the block, or a cycle.
 */
export function edgesOf(steps: readonly StepPlan[]): { steps: StepPlan[]; edges: Edge[] } {
  const { order, needs } = orderOf(steps);
  const ordered = order.map((index) => steps[index]!);
  const hard = reduceNeeds(needs.map((own, node) => (isSoftJoin(ordered[node]!) ? [] : own)));
  const edges = ordered.flatMap((step, node) => {
    const soft = isSoftJoin(step);
    return (soft ? needs : hard)[node]!.map((need) => ({ from: ordered[need]!.id, to: step.id, soft }));
  });
  return { steps: ordered, edges };
}
