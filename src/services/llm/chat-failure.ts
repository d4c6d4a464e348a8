/** What went wrong between us and a provider, in words that do not depend on whose client threw it. */
import { StepFailure } from '../../kernel/failure.ts';

interface Turn {
  provider: string;
  model: string;
  signal: AbortSignal;
  /** The time for one turn, in ms. */
  timeoutMs: number;
}

const TOO_LONG = /context.{0,20}(length|window)|maximum context|too many tokens|prompt is too long/i;

/** To be thrown. An abort of ours is given back as its reason. */
export function chatFailure(error: unknown, { provider, model, signal, timeoutMs }: Turn): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof StepFailure) return error;
  const who = `${provider} (${model})`;
  const { name, status, message, retryAfterMs } = factsOf(error);
  const fail = (code: string, told: string, retryable: boolean): StepFailure =>
    new StepFailure(code, told, {
      retryable,
      cause: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      details: { provider, model, ...(status !== undefined && { status }) },
    });
  if (name === 'APIConnectionTimeoutError')
    return fail('LLM_TIMEOUT', `${who} did not answer within ${timeoutMs} ms`, true);
  if (status === undefined) {
    if (name.startsWith('APIConnection'))
      return fail('LLM_UNREACHABLE', `${who} cannot be reached: ${message}`, true);
    return fail('LLM_STREAM_CUT', `the answer of ${who} broke off: ${message}`, true);
  }
  const told = `${who} answered ${status}: ${message}`;
  if (status === 401 || status === 403) return fail('LLM_AUTH', `${told}; is the key right?`, false);
  if (status === 429) return fail('LLM_RATE_LIMIT', told, true);
  if (status === 529 || status === 503) return fail('LLM_OVERLOADED', told, true);
  if (status >= 500 || status === 408 || status === 409) return fail('LLM_SERVER', told, true);
  return fail(TOO_LONG.test(message) ? 'LLM_CONTEXT_LENGTH' : 'LLM_REQUEST', told, false);
}

interface Facts {
  name: string;
  status: number | undefined;
  message: string;
  retryAfterMs: number | undefined;
}

/** Both clients throw errors with these members. */
function factsOf(error: unknown): Facts {
  if (!(error instanceof Error))
    return { name: '', status: undefined, message: String(error), retryAfterMs: undefined };
  const status = 'status' in error && typeof error.status === 'number' ? error.status : undefined;
  const headers = 'headers' in error && error.headers instanceof Headers ? error.headers : undefined;
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN);
  return {
    name: error.constructor.name,
    status,
    message: messageOf(error),
    retryAfterMs: Number.isFinite(seconds) ? Math.ceil(seconds * 1000) : undefined,
  };
}

function messageOf(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message.replace(/^\d{3} /, '')}${cause}`.slice(0, 1000);
}
