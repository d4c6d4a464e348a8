/** The one shape of a step kind. Built-ins and plugins are made by `defineStep` and found through a catalog. */
import type { Static, TObject } from '@sinclair/typebox';
import type { KindSpec } from '#compiler';
import type { BlobRef, BlobSink } from '../kernel/blob-ref.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { AgentService } from '../services/agents/agent-service.ts';
import type { ArtifactService } from '../services/artifacts/artifact-service.ts';
import type { LlmService } from '../services/llm/chat.ts';
import type { ToolLoop } from '../services/llm/tool-loop.ts';
import type { MemoryService } from '../services/memory/memory-service.ts';
import type { AnswerSuspension, EventSuspension, Suspension } from './suspension.ts';

export type { AnswerSuspension, BlobRef, BlobSink, EventSuspension, Suspension };

/** Where an attempt reports what happens while it runs. Everything is redacted before it is stored or shown. */
export interface StepLog {
  /** A piece of the step's output stream, as it came: any bytes, any length, not necessarily whole lines. */
  output(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /** A line about the attempt itself. */
  info(message: string): void;
}

/**
 * What kinds may use beside files, processes and the network that keeps a state of its own, such as a store of
 * artifacts. Made for each run by `src/app/step-services.ts`; a member that is costly to make is made when first used.
 */
export interface StepServices {
  readonly artifacts: ArtifactService;
  readonly memory: MemoryService;
  readonly llm: LlmService;
  /** The statechart of a conversation with a model. */
  readonly toolLoop: ToolLoop;
  readonly agents: AgentService;
}

/** What an attempt tells while it goes on, for `--events` and live displays; nothing of it is stored. */
export interface StepNews {
  type: 'step.repairing' | 'step.healing' | 'llm.request' | 'llm.delta' | 'llm.tool' | 'llm.finished';
  /** Of `llm.delta`, the text; a secret cut in two by deltas must be kept together by the teller. */
  text?: string;
  detail?: JsonObject;
}

/** What an attempt may use. Services arrive here by closure and never through actor input, so nothing of them is persisted. */
export interface StepContext<Slice = unknown> {
  readonly runId: string;
  /** The step's ledger path, such as `build`, `test[3]`, `finally/notify`, `compensate/deploy`. */
  readonly path: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Unique for this attempt of this run; also in the environment of child processes as KEYSTONE_ATTEMPT. */
  readonly attemptId: string;
  /** Aborted on cancel and time-out. An executor must end, with all it started, soon after. */
  readonly signal: AbortSignal;
  readonly log: StepLog;
  readonly clock: Clock;
  /** Folder the run was started for; relative paths are resolved against it. Absolute. */
  readonly cwd: string;
  /** The section of the configuration that the kind names by `config`; undefined when it names none. */
  readonly config: Slice;
  readonly services: StepServices;
  /** The workflow's and step's `env`, evaluated. Not the process environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The whole environment for child processes: process environment without secrets that were not asked for, plus `env`. */
  readonly processEnv: Readonly<Record<string, string>>;
  /** What the result has to be, for kinds that can ask for it; undefined too when a `transform` makes the output of it. */
  readonly outputSchema?: JsonObject;
  /** Time limit of this attempt in ms, as the step gives it; undefined when it gives none. */
  readonly timeoutMs: number | undefined;
  /**
   * For kinds with `code`: what the code reads, by the names of expressions and no more than it names: `{ inputs: { a: 1 } }`.
   * Secret inputs are only there when the code names them.
   */
  codeScope(): JsonObject;
  /** Where a character of a field's text stands in the workflow file, counted from 1. */
  placeOf(field: string, offset: number): { file?: string; line: number; column: number };
  /** Tells the runtime about a process group this attempt leads, so that a later owner can end it if we die. */
  processStarted(pid: number): void;
  /** Opens a sink for a value too large for memory; `end` gives its reference. */
  openBlob(): BlobSink;
  tell(news: StepNews): void;
  /**
   * Writes down something that is to be cleaned up when the run has ended (by the kind's `cleanUp`), before it is made. Durable when it
   * resolves. @param key unique in the run
   */
  leave(key: string, what: Json): Promise<void>;
  /** It is cleaned up already. */
  left(key: string): void;
  /** What attempts of this step wrote down, and a way to write more. */
  readonly notes: StepNotes;
  /** Leaves an event for `wait` steps; sent once, however often the attempt is redone. */
  emit(event: EmittedEvent): Promise<void>;
  /** Runs another workflow as a child run; only for kinds with `control: 'workflow'`. */
  runWorkflow(request: ChildRunRequest): Promise<ChildRun>;
}

/**
 * Durable notes of a step, in the order they were written, over all its attempts: whoever redoes an attempt after a crash, or
 * retries it, goes on from them and need not pay twice for what they tell.
 */
export interface StepNotes {
  /** @returns the notes of this epoch of the step: none when it begins anew. */
  read(): Promise<readonly { attempt: number; body: Json }[]>;
  /** Durable when it resolves. Secrets in it are stored sealed. */
  keep(body: Json): Promise<void>;
}

export interface EmittedEvent {
  event: string;
  data: Json;
  /** Who may wait for it: steps of this run (and of its parents and children), or of any run of the project. */
  scope: 'run' | 'project';
  /** How long it is kept for a wait that has not begun yet, in ms. */
  ttlMs: number;
}

export interface ChildRunRequest {
  /** Name or path as the author wrote it; with `source` only a label. */
  workflow: string;
  /** The text of the workflow, when the step made it itself. */
  source?: string;
  /**
   * Tells several children of one step apart, and makes them its own over all attempts: whoever asks again with the same key gets
   * the same run. A step that awaits children must do nothing else meanwhile, since it may be suspended with them.
   */
  key?: string;
  inputs: JsonObject;
  /** The `version` it must have. */
  version?: string | number;
  /** It goes on by itself; nobody waits for its outputs. */
  detach?: boolean;
}

export interface ChildRun {
  runId: string;
  /** The `version` of the workflow; null when it has none. */
  version: Json;
  /** Of a detached one: `{ runId }`. */
  outputs: JsonObject;
}

export interface StepResult {
  /** What `steps.<id>.output` is before `transform`. */
  output: Json;
  /** Named raw results for `transform` and expressions, such as stdout, stderr, exitCode. */
  raw?: JsonObject;
}

/** One thing a step may do to the world, as `keystone manifest` lists it. */
export interface Permission {
  to: 'run' | 'connect' | 'read' | 'write' | 'engine' | 'model' | 'unsandboxed';
  /** A command, host, path, engine or model; as the author wrote it, templates included. */
  what: string;
}

/** Why the configuration forbids a step. */
export interface Refusal {
  /** Stable, such as ENGINE_NOT_ALLOWED; also the code of the failure when it only shows while the run goes on. */
  code: string;
  message: string;
  /** What to add to the configuration. */
  hint: string;
}

export interface StepKind<Fields extends TObject = TObject, Slice = unknown> extends KindSpec {
  readonly schema: Fields;
  /** Name of the configuration's section that attempts see as `ctx.config`. */
  readonly config?: string;
  /** False for kinds that only wait or delegate, so that they hold no concurrency slot. @default true */
  readonly takesSlot?: boolean;
  /**
   * For kinds with `control: 'suspend'`: what the step waits for. Pure; asked once, when its turn has come.
   * @param now Wall clock in ms.
   * @throws {StepFailure} when the fields, now that their templates are evaluated, make no sense.
   */
  suspend?(fields: Static<Fields>, now: number): Suspension;
  /** One attempt: one promise honouring `signal`; throws StepFailure. Absent for kinds the statechart interprets itself. */
  run?(fields: Static<Fields>, ctx: StepContext<Slice>): Promise<StepResult>;
  /**
   * How values spliced into `shellQuotedFields` are quoted, given the fields as written (templates not yet evaluated).
   * `before` is the text up to the value. Asynchronous, so that a kind may load a library only when it is used.
   */
  quote?(
    written: Readonly<Record<string, unknown>>,
    config?: Slice,
  ): Promise<(text: string, before?: string) => string>;
  /**
   * What the configuration forbids or this machine cannot grant, as far as the fields as written tell. No effects; asked before a
   * run begins, which is then refused with exit code 4. What templates hide is refused by `run`.
   */
  refuse?(written: Readonly<Record<string, unknown>>, config: Slice): Refusal | undefined;
  /** Cleans up what a step left by `ctx.leave`, after its run has ended; asked again until it succeeds. What is not there any more is fine. */
  cleanUp?(what: Json): Promise<void>;
  /** For `--dry-run`: what the step would do, from resolved fields. No effects. */
  describe?(fields: Static<Fields>, config?: Slice): string;
  /** What the step may do to the world, from the fields as written. Pure. Absent: nothing outside keystone. */
  permissions?(written: Readonly<Record<string, unknown>>, config?: Slice): readonly Permission[];
}

/** Identity with inference: keeps the fields' static type between `schema` and `run`. */
export function defineStep<Fields extends TObject, Slice = unknown>(
  kind: StepKind<Fields, Slice>,
): StepKind<Fields, Slice> {
  return kind;
}
