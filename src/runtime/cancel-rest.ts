/** Steps that nobody wants any more: what a `cancelRest` join did not wait for, and the other items once one failed fast. */
import type { StepPlan } from '#compiler';
import type { Json } from '../kernel/json.ts';
import { tell } from './actor-path.ts';
import { isFanOut } from './items.ts';
import { isJoinDecided } from './join.ts';
import type { RunContext } from './run-context.ts';
import { type StepRef, stepPath } from './step-path.ts';

/**
 * The join goes on: its needs that have not ended and that no other step waits for are ended, and what was done only for them.
 * @returns their ids, which are kept with the join's row so that they are the same after a crash.
 */
export function cancelRest(run: RunContext, join: StepRef): string[] {
  const { block, step } = join;
  if (block === 'compensate') return [];
  const rest = unwantedBy(step, run.plan.blocks[block], {
    isOpen: (id) => !run.ledger.has(stepPath(block, id)),
    // A join that could go on now waits for nothing more, whichever of two is first.
    isOver: ({ id, join }) => {
      const path = stepPath(block, id);
      return run.ledger.has(path) || (join !== undefined && isJoinDecided(run, path));
    },
    isUnwanted: (id) => run.unwanted.has(stepPath(block, id)),
  });
  const paths = rest.map((id) => stepPath(block, id));
  for (const path of paths) run.unwanted.set(path, unwantedReason(join));
  // The join's own gate is being decided; the others hear of it right after, in the same turn and the same commit.
  queueMicrotask(() => {
    for (const path of paths) cancelStep(run, path);
  });
  return rest;
}

const unwantedReason = ({ step }: StepRef): string => `${step.id} does not wait for it any more`;

/** failFast: items that run are canceled, no other begins. */
export function cancelSiblings(run: RunContext, failed: StepRef): void {
  markSiblings(run, failed);
  tell(run.active.get(failed.whole)?.getSnapshot().children.fleet, { type: 'STOP_FILLING' });
  const reason = run.unwanted.get(failed.whole);
  for (const [path, actor] of [...run.active]) {
    if (path.startsWith(`${failed.whole}[`) && path !== failed.path) tell(actor, { type: 'CANCEL', reason });
  }
}

/** After a restore: what was unwanted when the process died still is, but for steps that a rerun has asked for since. */
export function restoreUnwanted(run: RunContext): void {
  for (const path of run.ledger.paths()) {
    const entry = run.ledger.get(path);
    const ref = run.index.at(path);
    if (entry?.status === 'success' && ref.step.join !== undefined) remarkRest(run, ref, entry.raw?.canceled);
  }
  for (const { whole, indexes } of run.ledger.settledItems()) {
    if (run.ledger.has(whole) || !run.index.at(whole).step.failFast) continue;
    const failed = firstToFail(run, whole, indexes);
    if (failed !== undefined) markSiblings(run, run.index.at(failed));
  }
}

function firstToFail(run: RunContext, whole: string, indexes: Iterable<number>): string | undefined {
  let first: { path: string; at: number } | undefined;
  for (const index of indexes) {
    const path = `${whole}[${index}]`;
    const entry = run.ledger.get(path);
    if (entry?.status === 'failed' && (first === undefined || entry.finishedAt < first.at))
      first = { path, at: entry.finishedAt };
  }
  return first?.path;
}

function remarkRest(run: RunContext, join: StepRef, ids: Json | undefined): void {
  if (!Array.isArray(ids) || join.block === 'compensate') return;
  for (const id of ids) {
    const path = stepPath(join.block, String(id));
    if (!run.ledger.has(path) && !run.asked.has(path)) run.unwanted.set(path, unwantedReason(join));
  }
}

function markSiblings(run: RunContext, failed: StepRef): void {
  if (!run.unwanted.has(failed.whole)) run.unwanted.set(failed.whole, `${failed.path} failed (failFast)`);
}

interface Openness {
  isOpen(id: string): boolean;
  isOver(step: StepPlan): boolean;
  isUnwanted(id: string): boolean;
}

/**
 * The join's open needs that no other open step waits for, and backwards from them every open step of which the same is true.
 * A join with `cancelRest: false` keeps its needs, also when it has gone on: so it does not matter which of two joins is first.
 */
function unwantedBy(
  join: StepPlan,
  steps: readonly StepPlan[],
  { isOpen, isOver, isUnwanted }: Openness,
): string[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const dependents = new Map<string, string[]>();
  for (const { id, needs } of steps) {
    for (const need of needs) dependents.set(need, [...(dependents.get(need) ?? []), id]);
  }
  const unwanted = new Set<string>();
  const isIdle = (user: string): boolean => {
    if (user === join.id || unwanted.has(user) || isUnwanted(user)) return true;
    const step = byId.get(user);
    return step !== undefined && step.join?.cancelRest !== false && isOver(step);
  };
  const consider = (id: string): void => {
    if (isOpen(id) && !isUnwanted(id) && (dependents.get(id) ?? []).every(isIdle)) unwanted.add(id);
  };
  for (const need of join.needs) consider(need);
  // A set that grows is gone through to its end.
  for (const id of unwanted) for (const need of byId.get(id)?.needs ?? []) consider(need);
  return [...unwanted];
}

function cancelStep(run: RunContext, path: string): void {
  const reason = run.unwanted.get(path);
  const actor = run.active.get(path);
  if (actor === undefined) return;
  if (isFanOut(run.index.at(path))) {
    tell(actor.getSnapshot().children.fleet, { type: 'CANCEL', reason });
    for (const [item, each] of [...run.active])
      if (item.startsWith(`${path}[`)) tell(each, { type: 'CANCEL', reason });
  }
  tell(actor, { type: 'CANCEL', reason });
}
