/** The public vocabulary: requests, results and events of the library, the CLI and every other face. */
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { RunEvent, RunEventType } from '../runtime/run-event.ts';
import type { RunStatus, StepStatus } from '../store/port.ts';
import type { Question } from './answer-run.ts';
import type { AskSecrets } from './load-secrets.ts';

export interface RunRequest {
  /** Workflow name (found in `.keystone/workflows`), file path, or `-` with `source`. */
  workflow: string;
  /** Workflow text when it was not read from a file. */
  source?: string;
  inputs?: JsonObject;
  tags?: string[];
  /** Values of `secrets.<name>`, which go before the environment and all other places. */
  secrets?: Readonly<Record<string, string>>;
  /** Asks a person for secrets that are found nowhere. @default the run is refused, each with its place in the workflow */
  askSecrets?: AskSecrets;
  /** How long to stay for timers once nothing else runs, in ms; `true`: as long as it takes; `false`: suspend at once. @default config wait.foreground (5 min) */
  wait?: number | boolean;
  /** False: finished effects of the same key or memo are not taken, nor kept. @default true */
  dedup?: boolean;
  /** Only what this step needs, and the step itself; the others are skipped. */
  until?: string;
  /** Only these steps; the others are skipped. */
  only?: readonly string[];
  /** Steps with `breakpoint: true` pause the run before they begin. @default false */
  debug?: boolean;
  /** The workflow may do what it says although it is from outside the project; remembered by its content. @default false */
  trust?: boolean;
  /** Attach @statelyai/inspect to the actor system. */
  inspect?: boolean;
}

/** Of one epoch of a step: how it ended before it began anew. */
export interface FormerEpoch {
  epoch: number;
  status: StepStatus;
  attempts: number;
  outcome?: 'success' | 'failed' | 'skipped' | 'canceled';
  output?: Json;
  error?: Failure;
  skipReason?: string;
  reusedFrom?: { runId: string; path: string };
  startedAt?: number;
  durationMs?: number;
}

export interface StepView {
  kind: string;
  status: StepStatus;
  outcome?: 'success' | 'failed' | 'skipped' | 'canceled';
  attempts: number;
  output?: Json;
  error?: Failure;
  skipReason?: string;
  /** The step that had the effect of which this one took the result. */
  reusedFrom?: { runId: string; path: string };
  startedAt?: number;
  durationMs?: number;
  /** How often it has begun anew, by a rerun or a step that sent the run back; absent: it has not. */
  epoch?: number;
  /** Its ends before, oldest first; only `show` tells them. */
  former?: FormerEpoch[];
  /** Of foreach and matrix, in item order, as far as they have begun. */
  items?: StepView[];
  /** Of foreach and matrix: how many items there are. */
  total?: number;
  /** Of an item: what it is called, by the step's `name` or its combination of a matrix. */
  label?: string;
}

export interface SuspendedOn {
  step: string;
  kind: string;
  message?: string;
  event?: string;
  dueAt?: number;
  /** The exact command that goes on. */
  answerWith?: string;
}

/** What `run --json`, `resume --json` and `show --json` print. */
export interface RunResult {
  runId: string;
  workflow: string;
  status: RunStatus;
  /** The status is `running`, but the process that ran it is gone: it goes on with `keystone resume`. */
  interrupted?: true;
  outputs: JsonObject | null;
  error?: Failure;
  startedAt: number;
  /** Since it began, or was last begun again. */
  durationMs: number;
  /** Which time it has begun, from 2 on: `keystone rerun`. */
  attempt?: number;
  suspendedOn?: SuspendedOn[];
  steps: Record<string, StepView>;
  compensations?: { step: string; status: string; order: number }[];
  /** Files it keeps under names; only `show` tells them. */
  artifacts?: { name: string; files: number; bytes: number }[];
  /** Runs that its `workflow` steps began; only `show` tells them. */
  children?: { runId: string; workflow: string; status: RunStatus; step: string; detached?: true }[];
  /** Of a run that a `workflow` step of another began; only `show` tells it. */
  startedBy?: { runId: string; step: string };
}

export type { RunEvent, RunEventType };

export interface RunHandle {
  readonly runId: string;
  /** Page of the attached inspector, with `inspect: true`. */
  readonly inspectorUrl?: string;
  /** What whoever follows the run should know from the start, such as that its workflow file has changed since it began. */
  readonly notices?: readonly string[];
  /** Settles when the run ends or suspends; never rejects for a failed run. */
  readonly result: Promise<RunResult>;
  subscribe(listener: (event: RunEvent) => void): () => void;
  /** Cancels as `keystone cancel` does: in-flight steps end, compensations and finally run. */
  cancel(reason?: string): void;
  /** What the run and its sub-workflows ask people now, oldest first. */
  questions(): Question[];
  /**
   * Answers a step that waits for a person.
   * @param runId of a sub-workflow's question. @default this run
   * @throws {StepFailure} NOT_WAITING, ANSWER_INVALID
   */
  answer(path: string, value: Json, runId?: string): void;
  /** Second SIGINT: ends child processes and stops at once; the store stays consistent and the run can be resumed. */
  abort(): Promise<void>;
}
