/** How a run ends: its outputs and their contract, every failure, and what an undoing afterwards makes of the former end. */
import { evaluate } from '#compiler';
import type { RunEnd, Undoing } from '#machines';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { check } from './attempt.ts';
import { toFailure } from './gate.ts';
import type { RunFailure } from './ledger.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import { outputsOfPart } from './selection.ts';
import { describeFailedRun } from './settle.ts';
import { WORKFLOW_SCOPE } from './step-path.ts';

export interface RunConclusion {
  end: RunEnd;
  outputs?: JsonObject;
  error?: Failure;
}

/** The verdict over the whole run. */
export function conclude(
  run: RunContext,
  context: { cancelReason: string | null; undoing: Undoing | null },
): RunConclusion {
  // Null is what it is in snapshots; those of former versions have nothing there.
  if (context.undoing !== null && context.undoing !== undefined) return afterUndoing(run, context.undoing);
  if (context.cancelReason !== null) {
    const canceled: Failure = { code: 'CANCELED', message: context.cancelReason, retryable: false };
    return { end: 'canceled', error: withOthers(canceled, run.ledger.failures) };
  }
  const [first, ...others] = run.ledger.failures;
  if (first !== undefined) return { end: 'failed', error: withOthers(first.failure, others) };
  return { end: 'success', outputs: run.outputs ?? {} };
}

/** The ledger's failures are only those of the undos made now. */
function afterUndoing(run: RunContext, { scope, former: status }: Undoing): RunConclusion {
  const { error, outputs } = run.former ?? {};
  const [first, ...others] = run.ledger.failures;
  if (first !== undefined) {
    return status === 'failed' && error !== undefined
      ? { end: 'failed', error: withOthers(error, [first, ...others]) }
      : { end: 'failed', error: withFormer(withOthers(first.failure, others), status, error) };
  }
  if (scope !== 'workflow') return { end: status, ...(outputs && { outputs }), ...(error && { error }) };
  const rolledBack: Failure = {
    code: 'ROLLED_BACK',
    message: `what it did was undone after it had ended (${status})`,
    retryable: false,
  };
  return { end: 'canceled', error: withFormer(rolledBack, status, error) };
}

/**
 * The outputs of a run whose steps have all settled, and their contract. What is wrong with them is a failure of the run, which
 * is undone like one of a step.
 */
export function settleOutputs(run: RunContext): void {
  if (run.ledger.firstFailure !== undefined) return;
  try {
    run.keepOutputs(run.isPart ? outputsOfPart(run) : evaluateOutputs(run));
  } catch (error) {
    const failure = toFailure(error);
    run.pin('outputsFailure', failure as unknown as Json);
    run.outputsFailure = failure;
    run.ledger.recordFailure(WORKFLOW_SCOPE, failure);
    run.lastFailedStep = describeFailedRun(failure);
  }
}

function evaluateOutputs(run: RunContext): JsonObject {
  const options = evaluateOptions(run, undefined, run.clock.now());
  const outputs = evaluate(run.plan.outputs, scopeOf(run, undefined), options) as JsonObject;
  const { outputSchema } = run.plan;
  if (outputSchema !== undefined)
    check(outputSchema, outputs, 'OUTPUTS_SCHEMA', 'outputSchema of the workflow');
  return outputs;
}

/** Why the run ended as it did, with every other failure in its details. */
function withOthers(first: Failure, others: readonly RunFailure[]): Failure {
  if (others.length === 0) return first;
  const details = detailsOf(first);
  const known = Array.isArray(details.alsoFailed) ? details.alsoFailed : [];
  const added = others.map(({ path, failure }) => ({ path, code: failure.code, message: failure.message }));
  return { ...first, details: { ...details, alsoFailed: [...known, ...added] } };
}

const withFormer = (failure: Failure, status: RunEnd, error: Failure | undefined): Failure => ({
  ...failure,
  details: {
    ...detailsOf(failure),
    former: { status, ...(error && { code: error.code, message: error.message }) },
  },
});

const detailsOf = ({ details }: Failure): Record<string, Json> =>
  details !== null && typeof details === 'object' && !Array.isArray(details) ? details : {};
