/** Time behind a port, so that tests simulate it and never sleep. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never jump, for durations within this process. */
  monotonic(): number;
  /** Calls `fn` once after `delayMs` of monotonic time; any delay is allowed (setTimeout alone stops at 2^31 ms). */
  after(delayMs: number, fn: () => void): CancelTimer;
}
export type CancelTimer = () => void;

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fn) {
    let handle: NodeJS.Timeout;
    const arm = (left: number): void => {
      handle = setTimeout(
        () => (left > LONGEST_TIMEOUT_MS ? arm(left - LONGEST_TIMEOUT_MS) : fn()),
        Math.max(0, Math.min(left, LONGEST_TIMEOUT_MS)),
      );
    };
    arm(delayMs);
    return () => clearTimeout(handle);
  },
};
