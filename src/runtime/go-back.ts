/**
 * A step sends the run back: the step it names, and all that depend on it, begin anew, each in its next epoch. What of them
 * still runs is ended first. The statechart's own transition leads back; here the ledger forgets.
 */
import type { StepPlan } from '#compiler';
import type { Json, JsonObject } from '../kernel/json.ts';
import { releaseKey } from './effects.ts';
import { isFanOut } from './items.ts';
import { letLeave } from './leaving.ts';
import type { RunContext } from './run-context.ts';
import { type StepRef, stepPath, WORKFLOW_SCOPE } from './step-path.ts';
import { giveSlotBack } from './step-slots.ts';

const TIMERS = ['attempt', 'total', 'retry', 'wait'] as const;

/** Whether what the step came to sends the run back: an answer that says no. */
export function goesBack(run: RunContext, path: string): boolean {
  const { step, item } = run.index.at(path);
  const draft = run.drafts.get(path);
  if (step.backTo === undefined || item !== undefined || draft === undefined || draft.error !== undefined)
    return false;
  // A rollback step only comes here when it is to try again; its failures are in the draft.
  if (run.kinds.get(step.kind)?.control === 'rollback') return true;
  const { output } = draft;
  return output === false || (isObject(output) && output.approved === false);
}

const isObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** @param answer why: what the step that sends back came to; `sent_back.answer` of those that begin anew. */
export function goBack(run: RunContext, from: StepRef, answer: Json): void {
  if (from.block === 'compensate' || from.step.backTo === undefined) return;
  const { block } = from;
  for (const id of stepsToRepeat(run.plan.blocks[block], from.step.backTo)) {
    const path = stepPath(block, id);
    for (const each of pathsBegun(run, path)) leave(run, each);
    const ref = run.index.at(path);
    run.forgetItems(path);
    run.unwanted.delete(path);
    if (ref.step.join?.timeoutMs !== undefined) run.timers.disarmNamed(`join:${path}`);
    reopen(run, ref);
  }
  if (from.step.backTo === '') rearmWorkflow(run);
  const round = run.ledger.epochOf(from.path);
  run.sentBack = { by: from.step.id, to: from.step.backTo, answer, round };
  run.pin('sentBack', run.sentBack);
  run.recorder.emit({
    type: 'step.sentBack',
    step: from.step.id,
    path: from.path,
    kind: from.step.kind,
    text: from.step.backTo === '' ? 'the beginning' : from.step.backTo,
  });
}

/** The step and all that need it, directly or not; all steps when it is `''`. */
export function stepsToRepeat(steps: readonly StepPlan[], first: string): string[] {
  if (first === '') return steps.map(({ id }) => id);
  const repeated = new Set([first]);
  // Needs may be written after their dependents, so one pass is not enough.
  for (let before = 0; before < repeated.size; ) {
    before = repeated.size;
    for (const { id, needs } of steps) if (needs.some((need) => repeated.has(need))) repeated.add(id);
  }
  return steps.map(({ id }) => id).filter((id) => repeated.has(id));
}

/** The step's own path, and those of its items, as far as they have begun or settled. */
function pathsBegun(run: RunContext, path: string): string[] {
  if (!isFanOut(run.index.at(path))) return [path];
  const isItem = (each: string): boolean => each.startsWith(`${path}[`);
  const settled = Array.from(run.ledger.settledItemsOf(path), (index) => `${path}[${index}]`);
  return [path, ...new Set([...[...run.active.keys()].filter(isItem), ...settled])];
}

/** Its machine will be stopped by the transition and then says nothing more, so what it holds is taken from it here. */
function leave(run: RunContext, path: string): void {
  const actor = run.active.get(path);
  const flight = run.flights.get(path);
  if (flight !== undefined) letLeave(run, path, flight);
  if (actor !== undefined) {
    if (!run.leaving.has(path)) giveSlotBack(run, path);
    run.timers.disarmAll(actor, TIMERS);
    run.active.delete(path);
  }
  if (run.waits.delete(path)) run.recorder.waitGone(path);
  releaseKey(run, path);
  run.drafts.delete(path);
  run.interrupted.delete(path);
  if (path.endsWith(']')) reopen(run, run.index.at(path));
}

/** The workflow's own undo is due again after its steps have begun anew. */
function rearmWorkflow(run: RunContext): void {
  if (run.plan.compensate === undefined) return;
  forgetUndo(run, WORKFLOW_SCOPE);
  run.compensations.arm(WORKFLOW_SCOPE);
  run.compensations.ready(WORKFLOW_SCOPE, 0);
}

/** An undo that was made counts for the round before. */
function forgetUndo(run: RunContext, undoes: string): void {
  const path = `compensate/${undoes}`;
  if (run.ledger.has(path)) reopen(run, run.index.at(path));
}

function reopen(run: RunContext, { path, step }: StepRef): void {
  if (!path.startsWith('compensate/')) forgetUndo(run, path);
  const epoch = run.ledger.reopen(path);
  run.recorder.step({
    path,
    epoch,
    attempt: 0,
    kind: step.kind,
    status: 'pending',
  });
}
