/** A `rollback` step: what it undoes, what it came to, and that nothing else happens while everything is undone. */
import { evaluate } from '#compiler';
import type { GateVerdict } from '#machines';
import { StepFailure } from '../kernel/failure.ts';
import { holdSteps, releaseSteps } from './block-modes.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import { type StepRef, stepPath } from './step-path.ts';

/** @throws {StepFailure} UNKNOWN_SCOPE for a scope that was an expression and names no step. */
export function beginUnwind(run: RunContext, ref: StepRef): GateVerdict {
  const now = run.clock.now();
  const written = evaluate(
    ref.step.fields.scope ?? 'workflow',
    scopeOf(run, ref),
    evaluateOptions(run, ref, now),
  );
  const scope = written === 'workflow' ? 'workflow' : scopePath(run, ref, String(written));
  const { path, step } = ref;
  const epoch = run.ledger.epochOf(path);
  run.drafts.set(path, { output: null, attempt: 1, startedAt: now });
  run.recorder.step({ path, epoch, attempt: 1, kind: step.kind, status: 'running', startedAt: now });
  run.recorder.emit({ type: 'step.started', step: step.id, path, kind: step.kind, attempt: 1 });
  return { go: 'unwind', scope };
}

/** A step of the same block, or from elsewhere one of the main steps. */
function scopePath(run: RunContext, { block }: StepRef, id: string): string {
  const own = block === 'compensate' ? id : stepPath(block, id);
  if (run.index.has(own)) return own;
  if (run.index.has(id)) return id;
  throw new StepFailure('UNKNOWN_SCOPE', `"scope" names "${id}", which is no step`);
}

export function undone(run: RunContext, path: string, output: { undone: number; failed: number }): void {
  const ref = run.index.at(path);
  const draft = run.drafts.get(path) ?? { output: null, attempt: 1 };
  const raw = { undone: output.undone, undoFailed: output.failed };
  run.drafts.set(path, { ...draft, output: { undone: output.undone, failed: output.failed }, raw });
  const error = failureOf(run, ref, output);
  if (error !== undefined) {
    const failure = { ...error.toFailure(), stepId: ref.step.id, attempt: 1 };
    run.drafts.set(path, { ...draft, output: null, raw, error: failure });
  }
}

function failureOf(
  run: RunContext,
  { step, path }: StepRef,
  { undone: count, failed }: { undone: number; failed: number },
): StepFailure | undefined {
  if (failed > 0)
    return new StepFailure(
      'UNDO_FAILED',
      `${failed} of ${count + failed} undos failed; the others were made`,
    );
  const { then, rounds } = step.fields;
  if (then === 'fail')
    return new StepFailure('ROLLED_BACK', `${count} undos were made, and the step says "then: fail"`);
  const limit = typeof rounds === 'number' ? rounds : 1;
  if (then === 'retry' && run.ledger.epochOf(path) > limit)
    return new StepFailure(
      'ROLLED_BACK',
      `${count} undos were made; it was tried again ${limit} times, which is all "rounds" allows`,
    );
  return undefined;
}

export const holdOthers = (run: RunContext): void => holdSteps(run, false);

/** Unless somebody paused the run meanwhile. */
export function releaseOthers(run: RunContext): void {
  if (run.ledger.mode('steps').mode === 'held' && !run.isPausing()) releaseSteps(run);
}
