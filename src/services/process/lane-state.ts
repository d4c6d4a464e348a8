/** The life of a lane, and when another one pays. Pure. */

export type LaneState = 'starting' | 'idle' | 'running' | 'draining' | 'retired';
/**
 * `ready`: it may take a step. `begin`: a step was given to it. `end`: the step has ended, and what it printed is to be read.
 * `clean`: read to the end, nobody can write any more. `close`: it is not used again, whatever the reason.
 */
export type LaneEvent = 'ready' | 'begin' | 'end' | 'clean' | 'close';

const TRANSITIONS: Readonly<Record<LaneState, Partial<Record<LaneEvent, LaneState>>>> = {
  starting: { ready: 'idle', close: 'retired' },
  idle: { begin: 'running', close: 'retired' },
  running: { end: 'draining', close: 'retired' },
  draining: { clean: 'idle', close: 'retired' },
  retired: { end: 'retired', clean: 'retired', close: 'retired' },
};

/** @throws when the event is not expected in this state: a bug. */
export function nextLaneState(state: LaneState, event: LaneEvent): LaneState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`a lane that is ${state} cannot ${event}`);
  return next;
}

/** A lane costs about as much as three processes started without one. */
const PRICE = 3;
/** A step that takes longer gains nothing from a lane. */
const SHORT_MS = 50;
export const MOST_LANES = 16;

/** Short steps earn what lanes cost: one that runs a few commands, or long ones only, never has any. */
export class LaneBudget {
  #earned = 0;

  /** A step has ended after this time. */
  earn(durationMs: number): void {
    if (durationMs < SHORT_MS) this.#earned = Math.min(this.#earned + 1, PRICE * MOST_LANES);
  }

  /** Whether to start a lane now: `busy` steps at work, this one among them, and `lanes` there or being started. */
  spend(busy: number, lanes: number): boolean {
    if (lanes >= busy || lanes >= MOST_LANES || this.#earned < PRICE) return false;
    this.#earned -= PRICE;
    return true;
  }
}
