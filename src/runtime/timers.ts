/**
 * Durable timers of one run: a row each, one in-process timer for the earliest. A due timer becomes the machine event
 * `timer.due` for the actor that armed it. No durable wait uses XState's `after`: a restored snapshot never fires it.
 */
import type { AnyActor } from 'xstate';
import type { CancelTimer, Clock } from '../kernel/clock.ts';
import type { TimerRow } from '../store/port.ts';
import { actorPathOf, tell } from './actor-path.ts';
import type { RunRecorder } from './recorder.ts';
import { type HeapEntry, TimerHeap } from './timer-heap.ts';

export interface TimerRequest {
  actor: AnyActor;
  /** Unique per actor: `attempt`, `retry`, `sleep`, `join:…` */
  name: string;
  /** Ledger path of the step it belongs to, or `(workflow)`; for people. */
  step: string;
  /** Wall clock in ms. */
  dueAt: number;
  /** See TimerRow. */
  policy: TimerRow['policy'];
}

interface Armed extends HeapEntry {
  row: TimerRow;
  actor: AnyActor | undefined;
}

/** How soon a wall clock that was set forward is noticed, by those who wait for a moment of it. */
const LOOK_MS = 30_000;

export class RunTimers {
  private readonly armed = new Map<string, Armed>();
  private readonly byName = new Map<string, Armed>();
  /** Moments of the wall clock. */
  private readonly moments = new TimerHeap<Armed>();
  /** Durations, by the monotonic clock. */
  private readonly durations = new TimerHeap<Armed>();
  private cancelWake: CancelTimer | undefined;
  /** Of the monotonic clock. */
  private wakesAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly recorder: RunRecorder,
    private readonly onFired: (row: TimerRow) => void,
  ) {}

  arm({ actor, name, step, dueAt, policy }: TimerRequest): void {
    const actorPath = actorPathOf(actor);
    const row: TimerRow = {
      id: `${actorPath}:${name}`,
      actorPath,
      name,
      step,
      dueAt,
      policy,
      ...(policy === 'restart' && { remainingMs: dueAt - this.clock.now() }),
    };
    this.recorder.timer(row);
    this.add(row, actor);
  }

  /** Whoever armed it. @param name unique in the run. */
  disarmNamed(name: string): void {
    const armed = this.byName.get(name);
    if (armed !== undefined) this.giveUp(armed);
  }

  disarm(actor: AnyActor, name: string): void {
    const armed = this.armed.get(`${actorPathOf(actor)}:${name}`);
    if (armed !== undefined) this.giveUp(armed);
  }

  /** Everything an ended actor had armed. */
  disarmAll(actor: AnyActor, names: readonly string[]): void {
    if (this.armed.size > 0) for (const name of names) this.disarm(actor, name);
  }

  /** Takes over the rows of a restored run; `find` gives the actor at a path. Overdue ones fire in the next turn. */
  restore(rows: readonly TimerRow[], find: (actorPath: string) => AnyActor | undefined): void {
    for (const row of rows) {
      const { name, step, policy, remainingMs } = row;
      const actor = find(row.actorPath);
      if (actor === undefined) this.recorder.timerGone(row.id);
      else if (policy === 'restart' && remainingMs !== undefined)
        this.arm({ actor, name, step, dueAt: this.clock.now() + remainingMs, policy });
      else this.add(row, actor);
    }
  }

  /** Wall-clock time of the earliest one. */
  get earliest(): number | undefined {
    const [moment, duration] = [this.moments.first?.row.dueAt, this.durations.first?.row.dueAt];
    return moment === undefined || duration === undefined ? (moment ?? duration) : Math.min(moment, duration);
  }

  get rows(): TimerRow[] {
    return Array.from(this.armed.values(), ({ row }) => row);
  }

  stop(): void {
    this.cancelWake?.();
    this.armed.clear();
    this.byName.clear();
    this.moments.clear();
    this.durations.clear();
  }

  private add(row: TimerRow, actor: AnyActor): void {
    const former = this.armed.get(row.id);
    if (former !== undefined) this.forget(former);
    const isMoment = row.policy === 'absolute';
    const leftMs = row.dueAt - this.clock.now();
    const at = isMoment ? row.dueAt : this.clock.monotonic() + leftMs;
    const armed: Armed = { row, actor, at, gone: false };
    this.armed.set(row.id, armed);
    this.byName.set(row.name, armed);
    (isMoment ? this.moments : this.durations).push(armed);
    this.wakeIn(isMoment ? Math.min(leftMs, LOOK_MS) : leftMs);
  }

  private giveUp(armed: Armed): void {
    this.forget(armed);
    this.recorder.timerGone(armed.row.id);
  }

  private forget(armed: Armed): void {
    this.release(armed);
    (armed.row.policy === 'absolute' ? this.moments : this.durations).giveUp(armed);
  }

  private release({ row }: Armed): void {
    this.armed.delete(row.id);
    if (this.byName.get(row.name)?.row.id === row.id) this.byName.delete(row.name);
  }

  private wakeIn(delayMs: number): void {
    const at = this.clock.monotonic() + Math.max(0, delayMs);
    if (at >= this.wakesAt) return;
    this.cancelWake?.();
    this.wakesAt = at;
    this.cancelWake = this.clock.after(Math.max(0, delayMs), () => this.fireDue());
  }

  private fireDue(): void {
    this.wakesAt = Number.POSITIVE_INFINITY;
    const due = [
      ...this.durations.takeDue(this.clock.monotonic()),
      ...this.moments.takeDue(this.clock.now()),
    ].sort((a, b) => a.row.dueAt - b.row.dueAt);
    for (const armed of due) {
      // What fired before it may have disarmed it, or armed it anew.
      if (this.armed.get(armed.row.id) !== armed) continue;
      this.release(armed);
      this.recorder.timerGone(armed.row.id);
      this.onFired(armed.row);
      tell(armed.actor, { type: 'timer.due', name: armed.row.name });
    }
    const { first: moment } = this.moments;
    if (moment !== undefined) this.wakeIn(Math.min(moment.at - this.clock.now(), LOOK_MS));
    const { first: duration } = this.durations;
    if (duration !== undefined) this.wakeIn(duration.at - this.clock.monotonic());
  }
}
