/**
 * The Plan: what `lower/` makes of a workflow and everything downstream reads. Plain JSON, durations in milliseconds,
 * needs complete (explicit and implied by references). It is hashed and pinned by a run.
 */
import type { Json, JsonObject } from './json.ts';

/** Bumped whenever the meaning of a stored plan changes; a run made by another format is refused. */
export const PLAN_FORMAT = 1;

/** Half-open range of offsets in the workflow text. Lines and columns are computed once, at the edge. */
export interface Span {
  start: number;
  end: number;
}

/** A value that may hold `${{ }}` templates anywhere in its strings; evaluated by `#compiler` `evaluate`. */
export type Templated = Json;

/** The text of an expression without its `${{ }}`. */
export type ExpressionText = string;

export type JsonSchema = JsonObject | boolean;

export interface InputSpec {
  /** JSON Schema of the value, made from `type`, `values` and any other keyword of the input. */
  schema: JsonObject;
  default?: Json;
  description?: string;
  /** Redacted everywhere; never stored. */
  secret: boolean;
  /** True when there is no default, so that the run is refused without a value. */
  required: boolean;
}

export interface SecretPlan extends Span {
  /** It only stands in `default` and `coalesce`: the workflow can do without. */
  optional?: true;
}

/** The three lists of steps a workflow may have. The workflow's own `compensate` is `Plan.compensate`. */
export type BlockName = 'steps' | 'errors' | 'finally';
export const BLOCK_NAMES: readonly BlockName[] = ['steps', 'errors', 'finally'];

export interface RetryPlan {
  /** Attempts after the first one. */
  count: number;
  backoff: 'fixed' | 'linear' | 'exponential';
  baseDelayMs: number;
  maxDelayMs: number;
  jitter: boolean;
  /** Expression over `error`; absent: the failure's own `retryable`. */
  on?: ExpressionText;
}

export interface JoinPlan {
  condition:
    | { type: 'all' }
    | { type: 'any' }
    | { type: 'count'; count: number }
    | { type: 'percent'; percent: number };
  timeoutMs?: number;
  onTimeout: 'fail' | 'partial';
  cancelRest: boolean;
}

export interface MatrixPlan {
  axes: Record<string, Templated>;
  /** Lists of maps, or the templates that give them. */
  include: Templated;
  exclude: Templated;
}

/** Items that are the lines of a file. */
export interface LinesPlan {
  /** Path of the file; relative ones begin at the run's folder. */
  lines: Templated;
  allowOutsideCwd: Templated;
}

/** The name of a step's effect, and what follows from it. */
export interface IdempotencyPlan {
  key: ExpressionText;
  scope: 'run' | 'global';
  /** How long a finished result counts; absent: until it is cleared. */
  ttlMs?: number;
  inFlight: 'wait' | 'fail';
}

export interface StepPlan {
  id: string;
  /** A name of the step catalog, such as `shell`. */
  kind: string;
  name?: Templated;
  /** Ids of the same block that must settle first, explicit and implied by references, in source order, no duplicates. */
  needs: string[];
  if?: ExpressionText;
  /** The kind's own fields as written; templates are evaluated when an attempt starts. */
  fields: Record<string, Templated>;
  env?: Record<string, Templated>;
  /** Time allowed for one attempt; a template string until the attempt starts; absent: no limit. */
  timeoutMs?: number | string;
  totalTimeoutMs?: number;
  onTimeout: 'fail' | 'skip';
  retry?: RetryPlan;
  allowFailure: boolean;
  /** An expression, the list itself, or the file whose lines are the items. */
  foreach?: ExpressionText | Templated[] | LinesPlan;
  matrix?: MatrixPlan;
  /** Of foreach and matrix items. */
  concurrency?: number | string;
  failFast: boolean;
  pool?: string;
  priority: number;
  inputSchema?: JsonSchema;
  outputSchema?: JsonSchema;
  transform?: ExpressionText;
  idempotency?: IdempotencyPlan;
  /** Results of the same kind with the same fields are taken from earlier runs, for so long. */
  memoize?: { ttlMs: number };
  /** Under `run --debug` the run pauses before it. */
  breakpoint?: boolean;
  compensate?: StepPlan;
  /** The step may send the run back to this step of its block, which it needs; `''`: to the beginning. */
  backTo?: string;
  /** Only of kind `join`. */
  join?: JoinPlan;
  span: Span;
  /** Offsets of the values of the step's fields by name (also of `if`, `foreach` …), for errors at run time. */
  fieldSpans: Record<string, Span>;
}

export interface Plan {
  format: number;
  name: string;
  description?: string;
  version?: Json;
  inputs: Record<string, InputSpec>;
  /** Names read as `secrets.<name>` anywhere in the file, with where each first stands. Absent: none. */
  secrets?: Record<string, SecretPlan>;
  outputs: Record<string, Templated>;
  outputSchema?: JsonSchema;
  env: Record<string, Templated>;
  concurrency?: number | string;
  /** `priority: false`: first come, first served, whatever the steps' `priority`. */
  pools: Record<string, { limit: number; priority: boolean }>;
  timeoutMs?: number;
  onOverlap: 'allow' | 'queue' | 'reject' | 'cancel-previous';
  onFailure: 'drain' | 'continue' | 'cancel';
  /** How long its runs are kept; absent: as configured. */
  retention?: { days?: number; keep?: number };
  tags: string[];
  blocks: Record<BlockName, StepPlan[]>;
  compensate?: StepPlan;
}
