/** How long an attempt may take. */
import { evaluate, parseDuration } from '#compiler';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

/** Time limit of an attempt in ms; a template is evaluated when the attempt starts. */
export function attemptTimeoutMs(run: RunContext, ref: StepRef): number | undefined {
  const written = ref.step.timeoutMs;
  if (written === undefined || typeof written === 'number') return written;
  const value = evaluate(written, scopeOf(run, ref), evaluateOptions(run, ref, run.clock.now()));
  return typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
}
