/** The time a script may take when its step does not say: a script is short, and one that is not has a loop without an end. */
import { StepFailure } from '../../kernel/failure.ts';
import type { StepContext } from '../define.ts';
import type { ScriptConfig } from './schema.ts';

export interface Deadline {
  /** Aborted with the attempt, and when the time is over. */
  signal: AbortSignal;
  clear(): void;
}

export function deadlineOf({ signal, timeoutMs, config, clock }: StepContext<ScriptConfig>): Deadline {
  const limitMs = config.timeoutMs;
  // The runtime sees to the time limit of a step that has one.
  if (timeoutMs !== undefined || limitMs === 0) return { signal, clear: () => {} };
  const own = new AbortController();
  const clear = clock.after(limitMs, () => own.abort(tooLong(limitMs)));
  return { signal: AbortSignal.any([signal, own.signal]), clear };
}

function tooLong(limitMs: number): StepFailure {
  return new StepFailure('TIMEOUT', `the script took longer than ${limitMs} ms`, {
    retryable: true,
    details: { hint: 'give the step a "timeout", or change "script.timeout" of the configuration' },
  });
}

/** What is thrown after an abort: its own reason when that says enough. */
export function abortFailure(signal: AbortSignal): StepFailure {
  return signal.reason instanceof StepFailure
    ? signal.reason
    : new StepFailure('CANCELED', 'the script was canceled', { cause: signal.reason });
}
