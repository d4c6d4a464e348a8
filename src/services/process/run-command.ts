/** Runs a command the cheapest way there is: on a lane when one is free, else as a process of our own. */
import { systemClock } from '../../kernel/clock.ts';
import { Lane } from './lane.ts';
import { areLanesPossible } from './lane-program.ts';
import { LaneBudget } from './lane-state.ts';
import { type LaneRequest, runOnLane } from './run-on-lane.ts';
import { type ProcessRequest, type ProcessResult, runProcess } from './run-process.ts';

/** A lane that had nothing to do for this long is ended, in ms. */
const IDLE_MS = 5000;

/**
 * The same as `runProcess` in everything but what it costs, and these: the parent of the command may be another process
 * than this one, and `onStart` may not be called for one that ends within moments.
 */
export async function runCommand(request: ProcessRequest): Promise<ProcessResult> {
  if (!fitsLane(request)) return runProcess(request);
  return lanes.run(request);
}

/** Ends the lanes that are idle. Those at work are ended after it, when nobody needs them. */
export function closeIdleLanes(): void {
  lanes.closeIdle();
}

function fitsLane(request: ProcessRequest): request is LaneRequest {
  return (
    request.stdin === undefined &&
    request.onOutput !== undefined &&
    request.env.KEYSTONE_ATTEMPT !== undefined &&
    request.command.startsWith('/') &&
    request.cwd.startsWith('/')
  );
}

class Lanes {
  readonly #budget = new LaneBudget();
  /** By when they were last at work, in ms of the monotonic clock. */
  readonly #idle: { lane: Lane; since: number }[] = [];
  /** Lanes that are idle, at work or being started. */
  #count = 0;
  /** Commands at work. */
  #busy = 0;
  /** Asked when the first lane would pay. */
  #isPossible: boolean | undefined;
  #watching: NodeJS.Timeout | undefined;

  async run(request: LaneRequest): Promise<ProcessResult> {
    this.#busy++;
    const startedAt = systemClock.monotonic();
    try {
      const lane = this.#take();
      const result = lane === undefined ? undefined : await this.#runOn(lane, request);
      return result ?? (await runProcess(request));
    } finally {
      this.#busy--;
      this.#budget.earn(systemClock.monotonic() - startedAt);
    }
  }

  closeIdle(): void {
    this.#closeFirst(this.#idle.length);
  }

  async #runOn(lane: Lane, request: LaneRequest): Promise<ProcessResult | undefined> {
    try {
      return await runOnLane(lane, request);
    } finally {
      this.#giveBack(lane);
    }
  }

  /** The lane that was used last; when there is none, perhaps one is started for those that come after. */
  #take(): Lane | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.lane.state === 'idle') return last.lane;
      this.#count--;
    }
    if (this.#budget.spend(this.#busy, this.#count)) void this.#start();
    return undefined;
  }

  async #start(): Promise<void> {
    this.#isPossible ??= areLanesPossible();
    if (!this.#isPossible) return;
    this.#count++;
    try {
      this.#giveBack(await Lane.start());
    } catch {
      // A system without what lanes need: nothing is lost but their speed.
      this.#count--;
      this.#isPossible = false;
    }
  }

  #giveBack(lane: Lane): void {
    if (lane.state !== 'idle') {
      lane.close();
      this.#count--;
      return;
    }
    this.#idle.push({ lane, since: systemClock.monotonic() });
    this.#watch();
  }

  /** Looks now and then for lanes nobody took for a while: the first of the list, since the last is taken first. */
  #watch(): void {
    if (this.#watching !== undefined || this.#idle.length === 0) return;
    this.#watching = setTimeout(() => {
      this.#watching = undefined;
      const limit = systemClock.monotonic() - IDLE_MS;
      this.#closeFirst(this.#idle.filter(({ since }) => since <= limit).length);
      this.#watch();
    }, IDLE_MS).unref();
  }

  #closeFirst(count: number): void {
    for (const { lane } of this.#idle.splice(0, count)) {
      lane.close();
      this.#count--;
    }
  }
}

const lanes = new Lanes();
