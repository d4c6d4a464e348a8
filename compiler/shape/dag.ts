/** The needs of one block as a graph of small numbers, numbered so that every need comes before its dependents. */
import type { StepPlan } from '../plan.ts';
import { isSoftJoin, nearestCommonAncestors } from './soft-join.ts';

export interface Dag {
  /** Steps by node number: source order wherever the needs allow it. */
  readonly steps: readonly StepPlan[];
  /** Needs by node number, ascending, without duplicates; all smaller than the node itself. */
  readonly needs: readonly (readonly number[])[];
}

/**
 * Soft joins keep their place after all of their needs, but only what all of those needs have in common becomes an edge.
 * @throws {Error} A need that is no step of the block, or a cycle: the checks refuse both before a plan is made.
 */
export function dagOf(steps: readonly StepPlan[]): Dag {
  const { order, needs: written } = orderOf(steps);
  const ordered = order.map((index) => steps[index]!);
  const needs: (readonly number[])[] = [];
  written.forEach((own, node) => {
    needs.push(isSoftJoin(ordered[node]!) ? nearestCommonAncestors(own, needs) : own);
  });
  return { steps: ordered, needs };
}

/**
 * An order in which needs come before their dependents, as indexes into `steps`, and the needs as written by place in it.
 * @throws {Error} See `dagOf`.
 */
export function orderOf(steps: readonly StepPlan[]): { order: number[]; needs: number[][] } {
  const sourceIndex = new Map(steps.map((step, index) => [step.id, index]));
  const written = steps.map((step) => [...new Set(step.needs)].map((id) => indexOf(sourceIndex, step, id)));
  const order = needsFirst(written, steps);
  const position = new Int32Array(steps.length);
  order.forEach((index, at) => {
    position[index] = at;
  });
  return {
    order,
    needs: order.map((index) => written[index]!.map((need) => position[need]!).sort((a, b) => a - b)),
  };
}

function indexOf(sourceIndex: ReadonlyMap<string, number>, step: StepPlan, id: string): number {
  const index = sourceIndex.get(id);
  if (index === undefined) throw new Error(`step "${step.id}" needs "${id}", which is no step of its block`);
  return index;
}

/** Depth-first with an own stack, so that a chain of any length is fine. */
function needsFirst(needs: readonly (readonly number[])[], steps: readonly StepPlan[]): number[] {
  const order: number[] = [];
  const state = new Uint8Array(needs.length);
  const next = new Int32Array(needs.length);
  for (let root = 0; root < needs.length; root++) {
    const stack = state[root] === DONE ? [] : [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      state[node] = OPEN;
      const need = needs[node]![next[node]!++];
      if (need === undefined) {
        state[node] = DONE;
        order.push(node);
        stack.pop();
      } else if (state[need] === OPEN) {
        throw new Error(`the needs of "${steps[need]!.id}" lead back to itself`);
      } else if (state[need] !== DONE) {
        stack.push(need);
      }
    }
  }
  return order;
}

const OPEN = 1;
const DONE = 2;
