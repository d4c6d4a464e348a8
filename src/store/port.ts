/**
 * The Store port: all that the rest of keystone knows of persistence. Backend-neutral: writes are batches of plain rows,
 * applied atomically and durable when the promise resolves; reads return rows. `test/store/conformance.ts` proves a backend.
 */

import type { BlobRef } from '../kernel/blob-ref.ts';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { ArtifactStore } from './artifact-port.ts';
import type { DedupRow, DedupStore, ReleasedKey } from './dedup-port.ts';
import type { LeftoverRow, LeftoverStore } from './leftover-port.ts';
import type { NoteRow, NoteStore } from './note-port.ts';
import type { OverlapStore } from './overlap-port.ts';
import type { PoolStore, SlotRow } from './pool-port.ts';
import type { RetentionStore } from './retention-port.ts';
import type { EventRow, NewEvent, WaitRow } from './wait-port.ts';

export type * from './artifact-port.ts';
export type * from './dedup-port.ts';
export type * from './leftover-port.ts';
export type * from './note-port.ts';
export type * from './overlap-port.ts';
export type * from './pool-port.ts';
export type * from './retention-port.ts';
export type * from './wait-port.ts';

export type RunStatus = 'running' | 'paused' | 'suspended' | 'success' | 'failed' | 'canceled';
export const SETTLED_RUN: ReadonlySet<RunStatus> = new Set(['success', 'failed', 'canceled']);

/** `pending waiting queued running retrying repairing healing suspended success failed skipped canceled` of the language page. */
export type StepStatus =
  | 'pending'
  | 'waiting'
  | 'queued'
  | 'running'
  | 'retrying'
  | 'repairing'
  | 'healing'
  | 'suspended'
  | 'success'
  | 'failed'
  | 'skipped'
  | 'canceled';

export interface RunRow {
  runId: string;
  workflow: string;
  /** Absolute path of the workflow file; absent when read from standard input. */
  file?: string;
  /** sha256 of the workflow text; the text is in `workflows`. */
  sourceHash: string;
  planHash: string;
  engineVersion: string;
  status: RunStatus;
  /** Secret inputs are absent; other values have secrets replaced by their placeholder. */
  inputs: JsonObject;
  outputs?: JsonObject;
  error?: Failure;
  tags: string[];
  cwd: string;
  parentRunId?: string;
  /** Step path of the parent that started this run. */
  parentPath?: string;
  /** What the run waits for while suspended. */
  suspendedOn?: Json;
  /** Earliest wall-clock time at which a suspended run can go on by itself. */
  wakeAt?: number;
  startedAt: number;
  finishedAt?: number;
  /** Recorded values of `now`, `uuid` … and other run-wide facts a replay must see again. */
  pinned: JsonObject;
  /** Number of the last journal row. */
  seq: number;
}

export interface Ownership {
  /** Token of the owning process; absent when nobody runs the run. */
  owner?: string;
  leaseUntil?: number;
}

/** One actor's own snapshot; children only as references. */
export interface ActorRow {
  /** `run`, `run/body`, `run/body/lint`, … */
  path: string;
  /** XState persisted snapshot without children, as JSON text (the recorder serializes once). */
  snapshot: string;
  /** `[{ id, src, systemId?, syncSnapshot? }]` as JSON text. */
  children: string;
}

/** One turn of the event loop: the machine events delivered in it, in order. */
export interface JournalRow {
  seq: number;
  /** Wall clock in ms. */
  ts: number;
  /** `[{ path, event }]` as JSON text, redacted. */
  entries: string;
}

export interface FanOut {
  /** How many items there are. */
  total: number;
  /** What they are called, in their order; only where they are few. */
  labels?: string[];
  /** Of items that are lines: the file as it was then, each line ended by a line feed. */
  lines?: BlobRef;
}

export interface StepRow {
  path: string;
  epoch: number;
  /** 0 for a row that never attempted anything (skipped, refused). */
  attempt: number;
  kind: string;
  status: StepStatus;
  outcome?: 'success' | 'failed' | 'skipped' | 'canceled';
  /** Why it was skipped, canceled or refused. */
  reason?: string;
  /**
   * A BlobRef is what the step gave, and stays one. Other values come back as they were written; those of more than 64 KB of
   * JSON are kept outside the row and fetched when it is read.
   */
  output?: Json | BlobRef;
  /** stdout, stderr, exitCode … */
  raw?: JsonObject;
  error?: Failure;
  /** The step that had the effect of which this one took the result. */
  reusedFrom?: { runId: string; path: string };
  /** Of a step with items, once it has them. */
  fanOut?: FanOut;
  startedAt?: number;
  finishedAt?: number;
  /** Process group leader of the attempt in flight, for reconciliation after a crash. */
  processGroup?: number;
}

export interface TimerRow {
  /** Unique in the run: actor path + name. */
  id: string;
  actorPath: string;
  name: string;
  /** Ledger path of the step it belongs to, or `(workflow)`. */
  step: string;
  /** Wall clock in ms. */
  dueAt: number;
  /**
   * `absolute`: a moment of the wall clock. `elapsed`: a duration, which jumps of the wall clock do not change while a process runs
   * the run; over restarts `dueAt` counts. `restart`: a duration that begins anew after a restart, as an attempt does.
   */
  policy: 'absolute' | 'elapsed' | 'restart';
  /** For `restart`: the whole duration. */
  remainingMs?: number;
}

export type CompensationStatus = 'armed' | 'ready' | 'running' | 'done' | 'failed' | 'dropped';
export interface CompensationRow {
  /** Path of the step it undoes. */
  path: string;
  status: CompensationStatus;
  /** Completion order of the step it undoes; the undo runs from the highest down. Absent while only armed. */
  order?: number;
  error?: Failure;
}

export interface InboxRow {
  id: number;
  runId: string;
  /** A machine event: CANCEL, PAUSE, ANSWER … */
  event: JsonObject & { type: string };
  createdAt: number;
}

/** Everything one turn changed, of one run. Applied in one transaction together with the other runs' batches of that turn. */
export interface RunBatch {
  runId: string;
  /** Given once, when the run begins. */
  create?: RunRow & Ownership & { source: string; plan: string };
  /** Changed columns of the run row. `null` clears a column. */
  run?: { [K in keyof (RunRow & Ownership)]?: (RunRow & Ownership)[K] | null };
  actors?: ActorRow[];
  actorsGone?: string[];
  journal?: JournalRow;
  /** Upsert by (path, epoch, attempt). */
  steps?: StepRow[];
  timers?: TimerRow[];
  timersGone?: string[];
  /** Upsert by path. */
  compensations?: CompensationRow[];
  inboxDone?: number[];
  /** Upsert by path. */
  waits?: WaitRow[];
  waitsGone?: string[];
  /** Upsert by scope and hash; a key that is another step's stays that step's. */
  dedup?: DedupRow[];
  /** Keys in flight of steps of this run that ended without a result. */
  dedupGone?: ReleasedKey[];
  /** Never changed once written. */
  notes?: NoteRow[];
  /** Upsert by key. */
  leftovers?: LeftoverRow[];
  leftoversGone?: string[];
  /** Upsert by path. */
  slots?: SlotRow[];
  slotsGone?: string[];
}

/** All that is needed to go on with a run. */
export interface RunImage {
  run: RunRow & Ownership;
  source: string;
  plan: string;
  actors: ActorRow[];
  timers: TimerRow[];
  compensations: CompensationRow[];
}

export interface RunFilter {
  workflow?: string;
  status?: readonly RunStatus[];
  tag?: string;
  parentRunId?: string;
  limit?: number;
}

export type ClaimResult =
  | { claimed: true }
  | { claimed: false; reason: 'missing' }
  /** Another live process owns it. */
  | { claimed: false; reason: 'owned'; owner: string; leaseUntil: number };

export interface Store {
  /** Token of this process; recorded as owner. Its liveness is known to the backend without waiting for the lease. */
  readonly owner: string;
  /** Atomic; durable (as `storage.durability` says) when it resolves. The work is done before the call returns. */
  commit(batches: readonly RunBatch[]): Promise<void>;
  run(runId: string): Promise<(RunRow & Ownership) | undefined>;
  /** Newest first. */
  runs(filter?: RunFilter): Promise<(RunRow & Ownership)[]>;
  /** Ids that begin with `prefix`, newest first, at most 20. */
  runIds(prefix: string): Promise<string[]>;
  image(runId: string): Promise<RunImage | undefined>;
  /** Rows of a run in order of first insertion; the latest epoch and attempt of each path unless `all`. */
  steps(runId: string, options?: { all?: boolean; prefix?: string }): Promise<StepRow[]>;
  /** The same, one by one, for ledgers of 100,000 rows. */
  eachStep(runId: string, visit: (row: StepRow) => void): Promise<void>;
  journal(runId: string, options?: { from?: number; limit?: number }): Promise<JournalRow[]>;
  compensations(runId: string): Promise<CompensationRow[]>;
  timers(runId?: string): Promise<(TimerRow & { runId: string })[]>;
  /** Takes the lease of a run whose owner is absent, dead or expired. */
  claim(runId: string, now: number, leaseMs: number): Promise<ClaimResult>;
  /** Whether somebody runs this run now, by the same rule as `claim`; takes nothing. */
  isOwned(run: Ownership, now: number): Promise<boolean>;
  /**
   * Runs that can go on and that nobody runs, the longest due first: suspended ones whose time has come, and running ones whose
   * owner is gone. Reads no more rows than it gives, besides the running ones.
   */
  dueRuns(now: number, limit: number): Promise<string[]>;
  /** Extends this process's leases. */
  heartbeat(now: number, leaseMs: number): Promise<void>;
  /** Gives up the lease. */
  release(runId: string): Promise<void>;
  /** Leaves a machine event for whoever owns the run; a suspended run is due at once. */
  send(runId: string, event: JsonObject & { type: string }, now: number): Promise<void>;
  /** Events left for these runs, oldest first. Cheap when no other process wrote since the last call. */
  inbox(runIds: readonly string[]): Promise<InboxRow[]>;
  /**
   * Keeps an event; suspended runs that wait for its name are due at once. Durable when it resolves.
   * @returns its id and the runs it made due.
   */
  publish(event: NewEvent): Promise<{ id: number; woken: string[] }>;
  /** Events of these names that have not expired, oldest first. Cheap when nobody wrote since the last call. */
  events(names: readonly string[], now: number): Promise<EventRow[]>;
  /** Takes an event out for one wait. @returns false when another was faster; true again for the same taker. */
  takeEvent(id: number, takenBy: string): Promise<boolean>;
  waits(filter?: { runId?: string; event?: string }): Promise<(WaitRow & { runId: string })[]>;
  /** Names of effects, and results of those that were had. */
  readonly dedup: DedupStore;
  readonly pools: PoolStore;
  /** Runs of the same workflow at once. */
  readonly overlaps: OverlapStore;
  readonly notes: NoteStore;
  readonly leftovers: LeftoverStore;
  readonly artifacts: ArtifactStore;
  /** Which runs are kept, and what goes with those that are not. */
  readonly retention: RetentionStore;
  /** Content-addressed values, outside the database. */
  readonly blobs: BlobStore;
  /** Makes everything visible to other SQLite tools. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

/** A blob stays until all who hold it are gone; a holder is a run, by its id, which is gone when it is forgotten. */
export interface BlobStore {
  put(content: Uint8Array, holder: string): BlobRef;
  open(holder: string): { write(chunk: Uint8Array): void; end(): BlobRef; abort(): void };
  get(sha256: string): Uint8Array | undefined;
  path(sha256: string): string;
}
