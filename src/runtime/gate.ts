/**
 * What happens to a step when its turn comes. Reads the ledger, evaluates `if`, and says: run, expand, sleep, settle, hold.
 * The answer is kept in the step's context, so a restored step does not ask again.
 */
import { ExpressionError, evaluateExpression, isTruthy, referencesOf, usesStatusFunction } from '#compiler';
import type { GateVerdict } from '#machines';
import { type Failure, StepFailure } from '../kernel/failure.ts';
import { stopsHere } from './breakpoints.ts';
import { cancelRest } from './cancel-rest.ts';
import { beginFanOut } from './fan-outs.ts';
import { isFanOut } from './items.ts';
import { judgeJoin } from './join.ts';
import { dedupes } from './keys.ts';
import { isLeaving } from './leaving.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Draft, RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import { validateDraft } from './settle.ts';
import { type StepRef, stepPath } from './step-path.ts';
import { beginUnwind } from './unwind-step.ts';
import { suspensionOf } from './waits.ts';

export function decideGate(run: RunContext, path: string): GateVerdict {
  const settled = run.ledger.get(path);
  if (settled !== undefined) return { go: 'again', as: settled.status };
  if (isLeaving(run, path)) return { go: 'follow' };
  const ref = run.index.at(path);
  try {
    return refusal(run, ref) ?? admission(run, ref);
  } catch (error) {
    return failedGate(run, path, error);
  }
}

function settle(run: RunContext, path: string, as: 'skipped' | 'canceled', reason: string): GateVerdict {
  run.drafts.set(path, { output: null, reason, attempt: 0 });
  return { go: 'settle', as, reason };
}

function failedGate(run: RunContext, path: string, error: unknown): GateVerdict {
  const failure = toFailure(error);
  const { step } = run.index.at(path);
  run.drafts.set(path, { output: null, error: { ...failure, stepId: step.id }, attempt: 0 });
  return { go: 'settle', as: step.allowFailure ? 'success' : 'failed', reason: failure.message };
}

/** @throws what is neither the author's nor the world's mistake: a bug. */
export function toFailure(error: unknown): Failure {
  if (error instanceof StepFailure) return error.toFailure();
  if (error instanceof ExpressionError) {
    return {
      code: 'EXPRESSION',
      message: `${error.message} in ${asTemplate(error.expression.trim())}`,
      retryable: false,
      ...(error.hint !== undefined && { details: { hint: error.hint } }),
    };
  }
  throw error;
}

const asTemplate = (text: string): string => (text.includes('${{') ? text : `\${{ ${text} }}`);

/** Reasons not to begin that come from the run, the needs or the step's own `if`. */
function refusal(run: RunContext, ref: StepRef): GateVerdict | undefined {
  const { step, path } = ref;
  const mode = run.ledger.mode(ref.block);
  if (mode.mode === 'canceled') return settle(run, path, 'canceled', mode.reason);
  if (mode.mode === 'held') return { go: 'hold' };
  const leftOut = ref.block === 'steps' && ref.item === undefined ? run.leftOut(step.id) : undefined;
  if (leftOut !== undefined) return settle(run, path, 'skipped', leftOut);
  const unwanted = run.unwanted.get(ref.whole);
  if (unwanted !== undefined) return settle(run, path, 'canceled', unwanted);
  if (ref.item !== undefined) return mentionsItem(step.if) ? unmetCondition(run, ref) : undefined;
  const asksForStatus = step.if !== undefined && usesStatusFunction(step.if);
  if (!asksForStatus) {
    const blocked = step.kind === 'join' ? undefined : blockedByNeeds(run, ref);
    if (blocked !== undefined) return settle(run, path, blocked.as, blocked.reason);
    if (mode.mode === 'draining') return settle(run, path, 'skipped', mode.reason);
  }
  return mentionsItem(step.if) ? undefined : unmetCondition(run, ref);
}

/** An `if` that speaks of `item` or `index` is asked for every item, any other once for the whole step. */
function mentionsItem(condition: string | undefined): boolean {
  return (
    condition !== undefined &&
    referencesOf(condition, { expression: true }).some(({ root }) => root === 'item' || root === 'index')
  );
}

function unmetCondition(run: RunContext, ref: StepRef): GateVerdict | undefined {
  const { step, path } = ref;
  if (step.if === undefined) return undefined;
  const condition = evaluateExpression(
    step.if,
    scopeOf(run, ref),
    evaluateOptions(run, ref, run.clock.now()),
  );
  return isTruthy(condition)
    ? undefined
    : settle(run, path, 'skipped', `if: ${step.if} is ${JSON.stringify(condition)}`);
}

function blockedByNeeds(
  run: RunContext,
  ref: StepRef,
): { as: 'skipped' | 'canceled'; reason: string } | undefined {
  const block = ref.block === 'compensate' ? 'steps' : ref.block;
  let hasJoin = false;
  let skippedNeed: string | undefined;
  for (const id of ref.step.needs) {
    const path = stepPath(block, id);
    const entry: LedgerEntry | undefined = run.ledger.get(path);
    if (entry?.status === 'failed') return { as: 'skipped', reason: `need ${id} failed` };
    if (entry?.status === 'canceled') return { as: 'canceled', reason: `need ${id} was canceled` };
    if (entry?.status === 'skipped') skippedNeed ??= id;
    if (run.index.has(path) && run.index.at(path).step.kind === 'join') hasJoin = true;
  }
  return skippedNeed !== undefined && !hasJoin
    ? { as: 'skipped', reason: `need ${skippedNeed} skipped` }
    : undefined;
}

/** How a step that may begin goes on. */
function admission(run: RunContext, ref: StepRef): GateVerdict {
  if (stopsHere(run, ref)) return { go: 'hold' };
  if (isFanOut(ref)) return beginFanOut(run, ref);
  const kind = run.kinds.get(ref.step.kind);
  switch (kind?.control) {
    case 'join':
      return joinVerdict(run, ref);
    case 'rollback':
      return beginUnwind(run, ref);
    case 'suspend':
      return { go: 'suspend', on: suspensionOf(run, ref, kind) };
    default:
      return { go: dedupes(run, ref) ? 'dedupe' : 'run' };
  }
}

function joinVerdict(run: RunContext, ref: StepRef): GateVerdict {
  const { path, step } = ref;
  const { output, error } = judgeJoin(run, ref);
  const draft: Draft = {
    output,
    attempt: 1,
    startedAt: run.clock.now(),
    ...(error && { error: { ...error, stepId: step.id } }),
  };
  run.drafts.set(path, draft);
  // Here and not in a state of its own: the machine begins with this, and its actions come after all its guards.
  if (error === undefined && (step.transform ?? step.outputSchema) !== undefined) validateDraft(run, path);
  const goesOn = draft.error === undefined || step.allowFailure;
  const canceled = goesOn && step.join?.cancelRest === true ? cancelRest(run, ref) : [];
  if (canceled.length > 0) draft.raw = { canceled };
  return { go: 'settle', as: goesOn ? 'success' : 'failed' };
}
