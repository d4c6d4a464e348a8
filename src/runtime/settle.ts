/** The end of a step: transform and outputSchema over the draft, then ledger, row, event and consequences, all in one turn. */
import { evaluateExpression, type StepPlan } from '#compiler';
import type { StepEnd } from '#machines';
import type { Failure } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
import { check } from './attempt.ts';
import { refuseAfterFailure } from './block-modes.ts';
import { cancelSiblings } from './cancel-rest.ts';
import { settleEffect } from './effects.ts';
import { toFailure } from './gate.ts';
import { isFanOut } from './items.ts';
import type { LedgerEntry } from './ledger.ts';
import { located } from './located.ts';
import type { Draft, RunContext } from './run-context.ts';
import { evaluateOptions, exitCodeOf, scopeOf } from './scope.ts';
import { type StepRef, stepPath, WORKFLOW_SCOPE } from './step-path.ts';

const EMPTY_DRAFT: Draft = { output: null, attempt: 0 };

/** Puts the transformed, checked output into the draft, or the failure. For a fan-out the raw output is the items' outputs. */
export function validateDraft(run: RunContext, path: string): void {
  const ref = run.index.at(path);
  const draft = run.drafts.get(path) ?? { ...EMPTY_DRAFT };
  run.drafts.set(path, draft);
  if (isFanOut(ref)) draft.output = itemOutputs(run, path);
  try {
    const { transform, outputSchema } = ref.step;
    if (transform !== undefined && !isFanOut(ref)) {
      draft.given = draft.output;
      const at = draft.startedAt ?? run.clock.now();
      const names = { ...draft.raw, output: draft.output };
      draft.output = evaluateExpression(transform, scopeOf(run, ref, names), evaluateOptions(run, ref, at));
    }
    if (outputSchema !== undefined && !isFanOut(ref))
      check(outputSchema, draft.output, 'OUTPUT_SCHEMA', 'outputSchema');
  } catch (error) {
    const failure = toFailure(error);
    draft.error = {
      ...failure,
      retryable: failure.code === 'OUTPUT_SCHEMA',
      stepId: ref.step.id,
      attempt: draft.attempt,
    };
    run.recorder.step(rowOf(run, ref, draft, 'failed'));
  }
}

/** Records the step's end. Under allowFailure a failure arrives here as success with the draft's error. */
export function settleStep(run: RunContext, path: string, as: StepEnd): void {
  run.active.delete(path);
  if (run.ledger.has(path)) return;
  const ref = run.index.at(path);
  const draft = run.drafts.get(path) ?? EMPTY_DRAFT;
  run.drafts.delete(path);
  const expanded = isFanOut(ref) && draft.attempt > 0;
  const error = located(
    run,
    ref,
    draft.error ?? (expanded && as !== 'canceled' ? fanOutFailure(run, ref) : undefined),
  );
  const reason = draft.reason ?? (as === 'canceled' ? whyCanceled(run, ref) : undefined);
  const outcome: StepEnd = as === 'success' && error !== undefined ? 'failed' : as;
  const finishedAt = run.clock.now();
  const entry = run.ledger.settle(path, {
    status: as,
    outcome,
    attempts: draft.attempt,
    output: expanded && as === 'success' && draft.output === null ? itemOutputs(run, path) : draft.output,
    finishedAt,
    ...(draft.raw && { raw: draft.raw }),
    ...(error && { error }),
    ...(reason !== undefined && { reason }),
    ...(draft.startedAt !== undefined && { startedAt: draft.startedAt }),
  });
  const stored = { ...draft, output: isFanOut(ref) ? null : entry.output };
  run.recorder.step(
    rowOf(
      run,
      ref,
      { ...stored, ...(error && { error }), ...(reason !== undefined && { reason }) },
      as,
      entry,
    ),
  );
  settleEffect(run, path, outcome === 'success' ? draft : undefined);
  if (ref.step.join?.timeoutMs !== undefined) run.timers.disarmNamed(`join:${path}`);
  if (ref.block !== 'compensate') run.compensations.ready(path, entry.order);
  emitEnd(run, ref, entry, draft.reusedFrom);
  if (as === 'failed')
    failedForGood(run, ref, error ?? { code: 'FAILED', message: 'failed', retryable: false });
  if (as === 'skipped') failUnjudged(run, ref);
  run.ledgerChanged();
}

function whyCanceled(run: RunContext, ref: StepRef): string | undefined {
  const mode = run.ledger.mode(ref.block);
  return run.unwanted.get(ref.whole) ?? (mode.mode === 'canceled' ? mode.reason : undefined);
}

/** In item order; null for an item that has none. */
export const itemOutputs = (run: RunContext, path: string): Json[] =>
  Array.from(
    { length: run.itemsOf(path).length },
    (_, index) => run.ledger.get(`${path}[${index}]`)?.output ?? null,
  );

function rowOf(run: RunContext, ref: StepRef, draft: Draft, status: StepEnd, entry?: LedgerEntry) {
  const fanOut = draft.attempt > 0 ? run.fanOuts.get(ref.path) : undefined;
  return {
    path: ref.path,
    epoch: run.ledger.epochOf(ref.path),
    attempt: draft.attempt,
    kind: ref.step.kind,
    status,
    ...(entry && { outcome: entry.outcome, finishedAt: entry.finishedAt }),
    ...(draft.output !== null && { output: draft.output }),
    ...(draft.raw && { raw: draft.raw }),
    ...(draft.error && { error: draft.error }),
    ...(draft.reason !== undefined && { reason: draft.reason }),
    ...(draft.reusedFrom && { reusedFrom: draft.reusedFrom }),
    ...(fanOut && { fanOut }),
    ...(draft.startedAt !== undefined && { startedAt: draft.startedAt }),
  };
}

function emitEnd(run: RunContext, ref: StepRef, entry: LedgerEntry, reusedFrom: Draft['reusedFrom']): void {
  run.recorder.emit({
    type: entry.status === 'skipped' ? 'step.skipped' : 'step.finished',
    step: ref.step.id,
    path: ref.path,
    kind: ref.step.kind,
    status: entry.status,
    outcome: entry.outcome,
    attempt: entry.attempts,
    durationMs: entry.startedAt === undefined ? 0 : entry.finishedAt - entry.startedAt,
    ...(entry.reason !== undefined && { reason: entry.reason }),
    ...(entry.error && { error: entry.error }),
    ...(reusedFrom && { reusedFrom }),
  });
}

function failedForGood(run: RunContext, ref: StepRef, error: Failure): void {
  if (ref.item !== undefined && ref.block !== 'compensate') {
    if (ref.step.failFast) cancelSiblings(run, ref);
    return;
  }
  const failure = { ...error, stepId: error.stepId ?? ref.step.id };
  if (ref.block === 'compensate') {
    run.ledger.recordFailure(ref.path, failure);
    return;
  }
  if (!failsRun(run, ref)) return;
  run.ledger.recordFailure(ref.path, failure);
  if (ref.block !== 'steps') return;
  run.lastFailedStep = describeFailedStep(run, ref, failure);
  refuseAfterFailure(run);
  run.send({ type: 'step.failed', path: ref.path });
}

/** `last_failed_step` of expressions. */
export function describeFailedStep(run: RunContext, { path, step }: StepRef, failure: Failure): Json {
  const entry = run.ledger.get(path);
  return {
    ...entry?.raw,
    id: step.id,
    path,
    kind: step.kind,
    error: failure as never,
    status: entry?.status ?? 'failed',
    output: entry?.output ?? null,
    exitCode: exitCodeOf(entry),
    attempts: entry?.attempts ?? 0,
    startedAt: entry?.startedAt ?? null,
    durationMs: entry?.startedAt === undefined ? 0 : entry.finishedAt - entry.startedAt,
  };
}

/** The same when it was no step: the run's outputs, or its `timeout`. */
export const describeFailedRun = (failure: Failure): Json => ({
  id: null,
  path: WORKFLOW_SCOPE,
  kind: null,
  error: failure as never,
  output: null,
});

/** A failure of this step fails the run: it is no item of a fan-out, and no quorum join judges it. */
export function failsRun(run: RunContext, ref: StepRef): boolean {
  return (ref.item === undefined || ref.block === 'compensate') && !isToleratedByJoin(run, ref);
}

/**
 * A quorum join (any, n, percent) judges its branches itself; a branch that fails does not yet fail the run. One that is skipped
 * judges nothing.
 */
function isToleratedByJoin(run: RunContext, { block, step: { id: branch } }: StepRef): boolean {
  if (block === 'compensate') return false;
  return run.plan.blocks[block].some(
    (step) =>
      isQuorum(step) &&
      step.needs.includes(branch) &&
      run.ledger.get(stepPath(block, step.id))?.status !== 'skipped',
  );
}

const isQuorum = ({ join }: StepPlan): boolean => join !== undefined && join.condition.type !== 'all';

/** Of a quorum join that is skipped: its branches that had failed, which nobody tolerates now. */
function failUnjudged(run: RunContext, join: StepRef): void {
  if (join.item !== undefined || join.block === 'compensate' || !isQuorum(join.step)) return;
  for (const id of join.step.needs) {
    const ref = run.index.at(stepPath(join.block, id));
    const entry = run.ledger.get(ref.path);
    if (entry?.status === 'failed')
      failedForGood(run, ref, entry.error ?? { code: 'FAILED', message: 'failed', retryable: false });
  }
}

/** Why a fan-out failed, or would have but for allowFailure: its first failed item, in item order. */
function fanOutFailure(run: RunContext, ref: StepRef): Failure | undefined {
  const { length } = run.itemsOf(ref.path);
  let count = 0;
  let first: { index: number; error: Failure | undefined } | undefined;
  for (let index = 0; index < length; index++) {
    const entry = run.ledger.get(`${ref.path}[${index}]`);
    if (entry?.outcome !== 'failed') continue;
    count++;
    first ??= { index, error: entry.error };
  }
  if (first === undefined) return undefined;
  const label = run.fanOuts.get(ref.path)?.labels?.[first.index];
  return {
    code: 'ITEMS_FAILED',
    message: `${count} of ${length} items failed; first item ${first.index}${label === undefined ? '' : ` (${label})`}: ${first.error?.message ?? 'failed'}`,
    retryable: false,
    stepId: ref.step.id,
    ...(first.error && { details: { item: first.index, code: first.error.code } }),
  };
}
