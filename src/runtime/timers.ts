/**
 * Durable timers of one run: a row each, one in-process timer for the earliest. A due timer becomes the machine event
 * `timer.due` for the actor that armed it. No durable wait uses XState's `after`: a restored snapshot never fires it.
 */
import type { AnyActor } from 'xstate';
import type { CancelTimer, Clock } from '../kernel/clock.ts';
import type { TimerRow } from '../store/port.ts';
import { actorPathOf, tell } from './actor-path.ts';
import type { RunRecorder } from './recorder.ts';

export interface TimerRequest {
  actor: AnyActor;
  /** Unique per actor: `attempt`, `retry`, `sleep`, `join:…` */
  name: string;
  /** Ledger path of the step it belongs to, or `(workflow)`; for people. */
  step: string;
  dueAt: number;
  /** `absolute` follows the wall clock over restarts; `restart` begins anew, as an attempt that is redone does. */
  policy: TimerRow['policy'];
}

export class RunTimers {
  private readonly armed = new Map<string, { row: TimerRow; actor: AnyActor | undefined }>();
  private cancelWake: CancelTimer | undefined;
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
    this.armed.set(row.id, { row, actor });
    this.recorder.timer(row);
    this.wakeAt(dueAt);
  }

  /** Whoever armed it. @param name unique in the run. */
  disarmNamed(name: string): void {
    for (const { row } of this.armed.values()) {
      if (row.name !== name) continue;
      this.armed.delete(row.id);
      this.recorder.timerGone(row.id);
    }
  }

  disarm(actor: AnyActor, name: string): void {
    const id = `${actorPathOf(actor)}:${name}`;
    if (this.armed.delete(id)) this.recorder.timerGone(id);
  }

  /** Everything an ended actor had armed. */
  disarmAll(actor: AnyActor, names: readonly string[]): void {
    if (this.armed.size > 0) for (const name of names) this.disarm(actor, name);
  }

  /** Takes over the rows of a restored run; `find` gives the actor at a path. Overdue ones fire in the next turn. */
  restore(rows: readonly TimerRow[], find: (actorPath: string) => AnyActor | undefined): void {
    for (const row of rows) {
      const actor = find(row.actorPath);
      if (actor === undefined) this.recorder.timerGone(row.id);
      else if (row.policy === 'restart' && row.remainingMs !== undefined) {
        this.arm({
          actor,
          name: row.name,
          step: row.step,
          dueAt: this.clock.now() + row.remainingMs,
          policy: row.policy,
        });
      } else {
        this.armed.set(row.id, { row, actor });
        this.wakeAt(row.dueAt);
      }
    }
  }

  /** Wall-clock time of the earliest one. */
  get earliest(): number | undefined {
    let earliest: number | undefined;
    for (const { row } of this.armed.values()) {
      if (earliest === undefined || row.dueAt < earliest) earliest = row.dueAt;
    }
    return earliest;
  }

  get rows(): TimerRow[] {
    return Array.from(this.armed.values(), ({ row }) => row);
  }

  stop(): void {
    this.cancelWake?.();
    this.armed.clear();
  }

  private wakeAt(dueAt: number): void {
    if (dueAt >= this.wakesAt) return;
    this.cancelWake?.();
    this.wakesAt = dueAt;
    this.cancelWake = this.clock.after(Math.max(0, dueAt - this.clock.now()), () => this.fireDue());
  }

  /** The wall clock decides: a backward jump re-arms instead of firing early. */
  private fireDue(): void {
    this.wakesAt = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    const due = [...this.armed.values()]
      .filter(({ row }) => row.dueAt <= now)
      .sort((a, b) => a.row.dueAt - b.row.dueAt);
    for (const { row, actor } of due) {
      if (!this.armed.delete(row.id)) continue;
      this.recorder.timerGone(row.id);
      this.onFired(row);
      tell(actor, { type: 'timer.due', name: row.name });
    }
    const next = this.earliest;
    if (next !== undefined) this.wakeAt(next);
  }
}
