/** What all parts of one run share. Lives by closure: nothing of it enters actor input, context or snapshots. */

import type { AnyActor } from 'xstate';
import type { BlockName, EmittedBody, Plan, Span } from '#compiler';
import type { BlobRef } from '../kernel/blob-ref.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type {
  BlobSink,
  ChildRun,
  ChildRunRequest,
  EmittedEvent,
  StepKind,
  StepLog,
  StepServices,
} from '../steps/define.ts';
import type { DedupStore, FanOut, NoteRow, StepRow } from '../store/port.ts';
import type { CompensationStack } from './compensation-stack.ts';
import type { Items } from './items.ts';
import type { RunKeys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { RunRecorder } from './recorder.ts';
import type { EvaluatedEnv } from './scope.ts';
import type { RunLimits, Slots } from './slots.ts';
import type { StepIndex } from './step-path.ts';
import type { RunTimers } from './timers.ts';
import type { Wait } from './waits.ts';

/** The result of an attempt between its end and the step's settling; both happen in one turn, so it needs no row. */
export interface Draft {
  output: Json;
  raw?: JsonObject;
  error?: Failure;
  /** Why a gate skipped or canceled it. */
  reason?: string;
  startedAt?: number;
  attempt: number;
  /** The output before `transform`, once it is transformed. */
  given?: Json;
  /** The effect was had by another step, of which this is the result. */
  reusedFrom?: { runId: string; path: string };
}

/** An attempt whose effect may be going on. */
export interface Flight {
  attempt: number;
  /** Wall clock in ms. */
  startedAt: number;
  /** Of its command, once it has begun. */
  processGroup?: number;
  controller: AbortController;
  /** Resolves when nothing of the attempt is left, processes included. */
  ended: Promise<unknown>;
  why?: 'cancel' | 'timeout' | 'total-timeout' | 'halt';
  /** Of a `workflow` step: the child waits for nothing but timers, and until when. */
  idleUntil?: () => number | undefined;
  /** Of a `workflow` step: writes the child down as suspended, in the commit that suspends its parent. */
  suspend?: () => void;
  /** Of a `workflow` step: the child pauses and goes on with its parent. */
  pause?: () => void;
  unpause?: () => void;
  isPaused?: () => boolean;
  /** Of a `workflow` step that was told to end: its child is given up where it stands. */
  halt?: () => void;
}

/** Asks an attempt to end; how it ended is told by its verdict. */
export function endFlight(flight: Flight, why: NonNullable<Flight['why']>): void {
  flight.why = why;
  flight.controller.abort(new Error(why));
}

/** How a run had ended that is undone now. */
export interface FormerEnd {
  error?: Failure;
  outputs?: JsonObject;
  /** Undos that had failed before, by their own ledger paths. */
  failedUndos: string[];
  /** Steps that had been undone before. */
  undone: string[];
}

export interface Place {
  [name: string]: Json;
  line: number;
  column: number;
}

/** The world, as the application layer wires it. */
export interface RunPorts {
  /** Environment of child processes before the workflow's own `env`. */
  readonly processEnv: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where a step's output goes: redacted, to its log file and to listeners. */
  openLog(path: string, attempt: number, epoch: number): StepLog & { close(): void };
  openBlob(): BlobSink;
  /** Notes of a step's attempts, with their secrets. */
  readNotes(path: string, epoch: number): Promise<readonly NoteRow[]>;
  /** A section of the configuration, for the kind that names it. */
  configOf(section: string): unknown;
  readonly services: StepServices;
  /** Runs a child workflow; `flight` lets it report that it merely waits. */
  runWorkflow(request: ChildRunRequest, parentPath: string, flight: Flight): Promise<ChildRun>;
  /** Rolls back the child runs of a step. @param inputs as the step gives them, for their secrets. */
  undoChildren(parentPath: string, inputs: JsonObject, flight: Flight): Promise<JsonObject>;
  /** Cancels the child runs that a dead process left of a step which is not gone on with, and waits for their ends. */
  endChildren(parentPath: string, inputs: JsonObject, flight: Flight): Promise<void>;
  /**
   * Keeps the lines that a file has now.
   * @throws {StepFailure} FILE_NOT_FOUND, OUTSIDE_CWD, NOT_TEXT, LINE_TOO_LONG …
   */
  keepLines(file: { path: string; allowOutsideCwd: boolean }, signal: AbortSignal): Promise<FanOut>;
  /** Lines that were kept; read when they are asked for. */
  openLines(kept: BlobRef, total: number): Items;
  /** Keeps an event for waits, once per key. */
  emit(event: EmittedEvent, key: string): Promise<void>;
  /** Data of an event as this run may see it: with secrets it has, without those it has not. */
  openEvent(data: Json): Json;
  /** Pauses the run, with all runs it belongs to. */
  pause(): void;
  readonly dedup: DedupStore;
  /** A step began to wait for an event, which may have been sent before; or a key may be free now. */
  lookForEvents(): void;
  /** Where an offset of the workflow's text is, counted from 1. */
  place(offset: number): Place;
  /** The same of a character of a text, which stands there in the workflow. */
  placeIn(span: Span, text: string, offset: number): Place;
  /** Asked when a step without a result was in flight in a process that died: ends what is left of it. */
  endOrphans(
    attemptId: string,
    processGroup: number | undefined,
    startedAt: number | undefined,
  ): Promise<void>;
}

export interface RunContext {
  readonly runId: string;
  /** The run that no other run began, up from this one. */
  readonly rootRunId: string;
  readonly plan: Plan;
  readonly index: StepIndex;
  readonly kinds: ReadonlyMap<string, StepKind>;
  readonly ledger: Ledger;
  readonly recorder: RunRecorder;
  readonly timers: RunTimers;
  readonly slots: Slots;
  readonly limits: RunLimits;
  readonly compensations: CompensationStack;
  readonly clock: Clock;
  readonly ports: RunPorts;
  /** With secrets. */
  readonly inputs: JsonObject;
  /** `secrets` of expressions. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The workflow's `env`, evaluated once. */
  readonly env: EvaluatedEnv;
  readonly facts: JsonObject;
  readonly workflowFacts: JsonObject;
  /** Random, recorded with the run; source of its uuids. */
  readonly seed: string;
  readonly startedAt: number;
  /** When it began, or was last begun again by `rerun`, without the time it waited for its turn: its `timeout` and its duration count from here. */
  begunAt: number;
  /** Why a step of the main block is left out; undefined: it is not. */
  leftOut(id: string): string | undefined;
  /** Whether any step is. */
  readonly isPart: boolean;
  /** At its beginning: other runs of the workflow have to end first. */
  queued: boolean;
  /** Breakpoints count. */
  readonly debug: boolean;
  /** Breakpoints that have stopped the run, by path and epoch. */
  readonly passed: Set<string>;
  /** Paths of failures of an earlier round that a rerun has kept: they still fail the run, but stop nothing. */
  readonly kept: ReadonlySet<string>;
  /** Paths that a rerun was asked for alone (`--only`): joins that were kept do not make them unwanted again. */
  readonly asked: ReadonlySet<string>;
  readonly drafts: Map<string, Draft>;
  readonly flights: Map<string, Flight>;
  /** Step machines by ledger path, from gate to settle. */
  readonly active: Map<string, AnyActor>;
  /** Steps that wait for a time, an event or an answer, by ledger path. */
  readonly waits: Map<string, Wait>;
  /** Keys of effects that steps of this run have, or wait for. */
  readonly keys: RunKeys;
  /** Rows of attempts that were in flight when the last owner died. */
  readonly interrupted: Map<string, StepRow>;
  /** Ends of attempts that a step going back has told to end; until then they keep their slots. */
  readonly leaving: Map<string, Promise<unknown>>;
  /** What is pinned of them, by path. */
  readonly leftBehind: Map<string, Json>;
  /** Whole paths that must not begin or go on, though the run does, with the reason. */
  readonly unwanted: Map<string, string>;
  lastFailedStep: Json;
  /** Once all its steps have settled; undefined before, and of a run that failed. */
  outputs: JsonObject | undefined;
  /** Why there are none although no step failed. */
  outputsFailure: Failure | null;
  /** Stores the outputs; evaluated once. */
  keepOutputs(outputs: JsonObject): void;
  /** Of a run that had ended before it began to be undone. */
  former: FormerEnd | null;
  /** `sent_back` of expressions: `{ by, to, answer, round }` of the last time a step sent the run back; null before. */
  sentBack: Json;
  /** Keeps a fact of the run for as long as it lives; sealed, unless it is what is to be readable. */
  pin(name: string, value: Json, as?: 'sealed' | 'readable'): void;
  stepsScope(block: BlockName): object;
  /** The statechart of a block, emitted when first asked for. */
  chartOf(block: BlockName): EmittedBody;
  /** Items of a foreach or matrix step; evaluated once and again after a restore. */
  itemsOf(path: string): Items;
  /** What is kept of fan-outs that have begun, by path. */
  readonly fanOuts: Map<string, FanOut>;
  /** The step begins anew, perhaps with other items. */
  forgetItems(path: string): void;
  /** Sends an event to the run machine. */
  send(event: { type: 'step.failed'; path: string } | { type: 'quiet' }): void;
  /** Somebody paused the run, or is about to. */
  isPausing(): boolean;
  /** Settled steps may unblock a waiting leaf of another machine. */
  ledgerChanged(): void;
}

/** Of a step that was begun anew the epoch is part of it. */
export function attemptIdOf(run: RunContext, path: string, attempt: number): string {
  const epoch = run.ledger.epochOf(path);
  return epoch === 1 ? `${run.runId}:${path}:${attempt}` : `${run.runId}:${path}:${epoch}.${attempt}`;
}
