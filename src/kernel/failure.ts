/** The world's failures: what an attempt may throw. Retry is decided here, by the thrower, never by matching messages. */
import type { Json, JsonObject } from './json.ts';

/** A failure as plain JSON: what the store, the ledger, events and expressions (`steps.x.error`) hold. */
export interface Failure {
  /** Stable, SCREAMING_SNAKE. */
  code: string;
  message: string;
  retryable: boolean;
  /** Another attempt makes no sense sooner than this, in ms from the failure: a server said so. */
  retryAfterMs?: number;
  stepId?: string;
  attempt?: number;
  details?: Json;
}

export class StepFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: JsonObject | undefined;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; retryAfterMs?: number; details?: JsonObject; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StepFailure';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  toFailure(): Failure {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/** Trouble the user can act on outside a step: a wrong request, a locked store … Carries its exit code and the next thing to type. */
export class KeystoneError extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { exitCode: number; hint?: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KeystoneError';
    this.code = code;
    this.exitCode = options.exitCode;
    this.hint = options.hint;
  }
}
