/**
 * Turns what happens in a run's actor system into rows: watches it through XState's `inspect`, keeps one row per machine
 * actor (own snapshot, children as references) and a journal of events, and holds events for listeners until they are durable.
 */
import type { AnyActor, InspectionEvent } from 'xstate';
import type { JsonObject } from '../kernel/json.ts';
import type {
  ActorRow,
  CompensationRow,
  DedupRow,
  JournalRow,
  LeftoverRow,
  NoteRow,
  RunBatch,
  SlotRow,
  StepRow,
  TimerRow,
  WaitRow,
} from '../store/port.ts';
import { actorPathOf, isAttemptActor } from './actor-path.ts';
import type { CommitSource } from './committer.ts';
import type { RecorderOptions } from './recorder-options.ts';
import { emptyLists, givenLists, type RowLists } from './row-lists.ts';
import { RowSet } from './row-set.ts';
import type { RunEvent } from './run-event.ts';

export type NewRunEvent = Omit<RunEvent, 'ts' | 'seq' | 'runId'>;

/** Persisted snapshot of a machine actor without its children, which have rows of their own. */
function ownSnapshot(actor: AnyActor): unknown {
  const snapshot = actor.getSnapshot();
  return actor.logic.getPersistedSnapshot({ ...snapshot, children: {} });
}

/** What to tell when a commit is durable. */
interface Turn {
  events: RunEvent[];
  waiters: Waiter[];
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export class RunRecorder implements CommitSource {
  private dirtyActors = new Map<string, AnyActor>();
  /** Child paths of every actor that has a row. */
  private readonly written = new Map<string, string[]>();
  private lists = emptyLists();
  private entries: { path: string; event: JsonObject }[] = [];
  private events: RunEvent[] = [];
  private steps = new Map<string, StepRow>();
  private readonly timers = new RowSet<TimerRow>();
  private compensations = new Map<string, CompensationRow>();
  private readonly waits = new RowSet<WaitRow>();
  private readonly slots = new RowSet<SlotRow>();
  private runPatch: NonNullable<RunBatch['run']> = {};
  private creation: RunBatch['create'];
  private waiters: Waiter[] = [];
  /** One for each batch asked for, in order: a turn may end before the one before it is durable. */
  private committing: Turn[] = [];
  private seq: number;
  private failure: { error: unknown } | undefined;
  private closed = false;

  constructor(private readonly options: RecorderOptions) {
    this.seq = options.seq;
  }

  /** Observer for `createActor(…, { inspect })`. */
  readonly inspect = (event: InspectionEvent): void => {
    if (this.closed) return;
    const actor = event.actorRef as AnyActor;
    if (isAttemptActor(actor)) return;
    if (event.type === '@xstate.snapshot') {
      this.markDirty(actorPathOf(actor), actor);
      this.schedule();
    } else if (event.type === '@xstate.event' && event.event.type !== 'xstate.init') {
      this.entries.push({ path: actorPathOf(actor), event: event.event as unknown as JsonObject });
    }
  };

  /** The last snapshot of an ended actor is told after its parent has moved on, when another may have taken its place. */
  private markDirty(path: string, actor: AnyActor): void {
    const known = this.dirtyActors.get(path);
    if (known !== undefined && known !== actor && actor.getSnapshot().status !== 'active') return;
    this.dirtyActors.set(path, actor);
  }

  create(row: NonNullable<RunBatch['create']>): void {
    this.creation = row;
    this.schedule();
  }
  patchRun(patch: NonNullable<RunBatch['run']>): void {
    Object.assign(this.runPatch, patch);
    this.schedule();
  }
  step(row: StepRow): void {
    this.steps.set(`${row.path} ${row.epoch}.${row.attempt}`, this.options.sealRow(row));
    this.schedule();
  }
  timer(row: TimerRow): void {
    this.timers.put(row.id, row);
    this.schedule();
  }
  timerGone(id: string): void {
    this.timers.remove(id);
    this.schedule();
  }
  compensation(row: CompensationRow): void {
    this.compensations.set(row.path, row);
    this.schedule();
  }
  wait(row: WaitRow): void {
    const { name, detail } = row;
    this.waits.put(row.path, { ...row, ...this.options.sealJson({ name, detail }) });
    this.schedule();
  }
  waitGone(path: string): void {
    this.waits.remove(path);
    this.schedule();
  }
  /** A slot of a configured pool: waited for, held, or neither any more. */
  slot(path: string, row: SlotRow | undefined): void {
    if (row === undefined) this.slots.remove(path);
    else this.slots.put(path, row);
    this.schedule();
  }
  note(row: NoteRow): void {
    this.add('notes', { ...row, body: this.options.sealJson(row.body) });
  }
  leftover(row: LeftoverRow): void {
    this.add('leftovers', { ...row, what: this.options.sealJson(row.what) });
  }
  /** What may hold a secret must be sealed. */
  add<List extends keyof RowLists>(list: List, row: RowLists[List][number]): void {
    const rows: RowLists[List][number][] = this.lists[list];
    rows.push(row);
    this.schedule();
  }
  effect(row: DedupRow): void {
    const sealed = this.options.sealDedup(row);
    if (sealed !== undefined) this.lists.dedup.push(sealed);
    this.schedule();
  }
  /** A step that waits for a slot longer than this turn is worth telling; one that is granted at once is not. */
  queued(path: string, step: { id: string; kind: string }): void {
    this.emit({ type: 'step.queued', step: step.id, path, kind: step.kind });
  }
  /** Held back until this turn is durable. */
  emit(event: NewRunEvent): void {
    this.events.push({ ts: this.options.now(), seq: ++this.seq, runId: this.options.runId, ...event });
    this.schedule();
  }

  /** Resolves when everything recorded so far is durable; rejects when the store refuses. */
  durable(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure.error);
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      this.schedule();
    });
  }

  /** Nothing is recorded from now on: the process gives the run up as it stands on disk. */
  close(): void {
    this.closed = true;
    this.failure ??= { error: new Error('the run was given up') };
    this.rejectAll(this.failure.error);
  }

  /** Tells the recorder which rows exist, after a restore. */
  restored(rows: readonly ActorRow[]): void {
    for (const row of rows) {
      const children: { id: string }[] = JSON.parse(row.children);
      this.written.set(
        row.path,
        children.map((child) => `${row.path}/${child.id}`),
      );
    }
  }

  takeBatch(): RunBatch | undefined {
    const isOver = this.closed || this.failure !== undefined;
    this.committing.push(
      isOver ? { events: [], waiters: [] } : { events: this.events, waiters: this.waiters },
    );
    if (isOver) return undefined;
    this.events = [];
    this.waiters = [];
    const actors = this.actorRows();
    const journal = this.journalRow();
    if (!this.hasRows(actors, journal)) return undefined;
    const [timers, waits, slots] = [this.timers.take(), this.waits.take(), this.slots.take()];
    const batch: RunBatch = {
      runId: this.options.runId,
      ...(this.creation && { create: this.creation }),
      run: { ...this.runPatch, seq: this.seq },
      ...(actors.length > 0 && { actors }),
      ...(journal && { journal }),
      ...(this.steps.size > 0 && { steps: [...this.steps.values()] }),
      ...(timers.rows && { timers: timers.rows }),
      ...(timers.gone && { timersGone: timers.gone }),
      ...(this.compensations.size > 0 && { compensations: [...this.compensations.values()] }),
      ...(waits.rows && { waits: waits.rows }),
      ...(waits.gone && { waitsGone: waits.gone }),
      ...(slots.rows && { slots: slots.rows }),
      ...(slots.gone && { slotsGone: slots.gone }),
      ...givenLists(this.lists),
    };
    this.creation = undefined;
    this.runPatch = {};
    this.lists = emptyLists();
    // Not `clear()`: V8 links a cleared table to the next one, so that one that grew old keeps all that follow from being collected young.
    this.steps = new Map();
    this.compensations = new Map();
    return batch;
  }

  committed(): void {
    const { events, waiters } = this.committing.shift() ?? { events: [], waiters: [] };
    for (const waiter of waiters) waiter.resolve();
    if (events.length > 0) this.options.publish(events);
    this.options.onTurn();
  }

  commitFailed(error: unknown): void {
    this.rejectAll(error);
    this.committing.shift();
    if (this.failure === undefined) {
      this.failure = { error };
      this.options.onFailure(error);
    }
  }

  private rejectAll(error: unknown): void {
    for (const waiters of [...this.committing.map((turn) => turn.waiters), this.waiters])
      for (const waiter of waiters.splice(0)) waiter.reject(error);
  }

  /** Events alone (a piece of output) need no transaction. */
  private hasRows(actors: ActorRow[], journal: JournalRow | undefined): boolean {
    const { steps, timers, compensations, waits, slots } = this;
    return (
      [actors, ...Object.values(this.lists)].some(({ length }) => length > 0) ||
      [steps, timers, compensations, waits, slots].some(({ size }) => size > 0) ||
      Object.keys(this.runPatch).length > 0 ||
      journal !== undefined ||
      this.creation !== undefined
    );
  }

  private schedule(): void {
    if (!this.closed && this.failure === undefined) this.options.committer.schedule(this);
  }

  private journalRow(): JournalRow | undefined {
    if (this.entries.length === 0) return undefined;
    const entries = this.options.stringify(this.entries);
    this.entries = [];
    return { seq: ++this.seq, ts: this.options.now(), entries };
  }

  private actorRows(): ActorRow[] {
    const rows: ActorRow[] = [];
    for (const [path, actor] of this.dirtyActors) {
      const snapshot = actor.getSnapshot();
      if (snapshot.status !== 'active') {
        this.forget(path);
        continue;
      }
      const children = Object.values(snapshot.children as Record<string, AnyActor>);
      const childPaths = children.map((child) => `${path}/${child.id}`);
      const kept = new Set(childPaths);
      for (const former of this.written.get(path) ?? []) if (!kept.has(former)) this.forget(former);
      rows.push({
        path,
        snapshot: this.options.stringify(ownSnapshot(actor)),
        children: JSON.stringify(children.map((child) => ({ id: child.id, src: child.src }))),
      });
      this.written.set(path, childPaths);
    }
    this.dirtyActors = new Map();
    return rows;
  }

  /** Deletes the row of an actor that ended, and of everything below it. */
  private forget(path: string): void {
    const children = this.written.get(path);
    if (children === undefined) return;
    this.written.delete(path);
    this.lists.actorsGone.push(path);
    for (const child of children) this.forget(child);
  }
}
