/** A clock that only moves when a test moves it: no test sleeps, and a wait of three days takes no time. */
import type { CancelTimer, Clock } from '../../src/kernel/clock.ts';

interface Alarm {
  at: number;
  order: number;
  fn: () => void;
}

export class SimulatedClock implements Clock {
  #moved: number;
  readonly #began = performance.now();
  /** Moves of the wall clock that durations do not see. */
  #shift = 0;
  #order = 0;
  readonly #alarms = new Set<Alarm>();

  /**
   * @param start wall clock in ms. @default 2026-01-01T00:00:00Z
   * @param live  time also passes by itself, for tests with real processes; timers still fire only when it is moved.
   */
  constructor(
    start = Date.UTC(2026, 0, 1),
    private readonly live = false,
  ) {
    this.#moved = start;
  }

  get #now(): number {
    return this.#moved + (this.live ? performance.now() - this.#began : 0);
  }

  now(): number {
    return this.#now + this.#shift;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, fn: () => void): CancelTimer {
    const alarm = { at: this.#now + Math.max(0, delayMs), order: this.#order++, fn };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#alarms.size;
  }

  /** Time until the next timer, in ms. */
  get next(): number | undefined {
    const first = this.#first();
    return first === undefined ? undefined : first.at - this.#now;
  }

  /** Moves time on, firing what becomes due on the way, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let alarm = this.#first(); alarm !== undefined && alarm.at <= until; alarm = this.#first()) {
      this.#alarms.delete(alarm);
      this.#moved += Math.max(0, alarm.at - this.#now);
      alarm.fn();
    }
    this.#moved += Math.max(0, until - this.#now);
  }

  /** Sets the wall clock forward or back, as an operator would; durations are not touched. */
  shiftWallClock(ms: number): void {
    this.#shift += ms;
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (first === undefined || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order))
        first = alarm;
    }
    return first;
  }
}
