/** Steps that nobody wants any more: what a `cancelRest` join did not wait for, and the other items once one failed fast. */
import type { StepPlan } from '#compiler';
import { tell } from './actor-path.ts';
import { isFanOut } from './items.ts';
import type { RunContext } from './run-context.ts';
import { type StepRef, stepPath } from './step-path.ts';

/** The join's condition is met: its needs that have not settled end, and with them all that was done only for them. */
export function cancelRest(run: RunContext, join: StepRef): void {
  const paths = markRest(run, join);
  // The join's own gate is being decided; the others hear of it right after, in the same turn and the same commit.
  queueMicrotask(() => {
    for (const path of paths) cancelStep(run, path);
  });
}

/** failFast: items that run are canceled, no other begins. */
export function cancelSiblings(run: RunContext, failed: StepRef): void {
  markSiblings(run, failed);
  tell(run.active.get(failed.whole)?.getSnapshot().children.fleet, { type: 'STOP_FILLING' });
  const reason = run.unwanted.get(failed.whole);
  for (const [path, actor] of [...run.active]) {
    if (path.startsWith(`${failed.whole}[`) && path !== failed.path) tell(actor, { type: 'CANCEL', reason });
  }
}

/** After a restore: what was unwanted when the process died still is. */
export function restoreUnwanted(run: RunContext): void {
  for (const path of run.ledger.paths()) {
    const entry = run.ledger.get(path);
    const ref = run.index.at(path);
    if (entry?.status === 'success' && ref.step.join?.cancelRest === true) markRest(run, ref);
    if (
      entry?.status === 'failed' &&
      ref.item !== undefined &&
      ref.step.failFast &&
      !run.ledger.has(ref.whole)
    )
      markSiblings(run, ref);
  }
}

function markSiblings(run: RunContext, failed: StepRef): void {
  if (!run.unwanted.has(failed.whole)) run.unwanted.set(failed.whole, `${failed.path} failed (failFast)`);
}

/** @returns the paths that became unwanted. */
function markRest(run: RunContext, { step, block }: StepRef): string[] {
  if (block === 'compensate') return [];
  const steps = run.plan.blocks[block];
  const isOpen = (id: string): boolean => !run.ledger.has(stepPath(block, id));
  const rest = unwantedBy(step, steps, isOpen);
  const paths = rest.map((id) => stepPath(block, id));
  for (const path of paths) run.unwanted.set(path, `${step.id} does not wait for it any more`);
  return paths;
}

/** The join's open needs, and backwards from them every open step whose dependents are all unwanted. */
function unwantedBy(join: StepPlan, steps: readonly StepPlan[], isOpen: (id: string) => boolean): string[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const dependents = new Map<string, string[]>();
  for (const { id, needs } of steps) {
    for (const need of needs) dependents.set(need, [...(dependents.get(need) ?? []), id]);
  }
  const unwanted = new Set(join.needs.filter(isOpen));
  for (const id of unwanted) {
    for (const need of byId.get(id)?.needs ?? []) {
      const users = dependents.get(need) ?? [];
      if (isOpen(need) && users.every((user) => unwanted.has(user) || user === join.id)) unwanted.add(need);
    }
  }
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
