/**
 * A step's slot, from the moment it asks until it is given back. What it holds or waits for of a configured pool is a row, written
 * in the same commits as the transitions that made it so.
 */
import type { AnyActor } from 'xstate';
import { tell } from './actor-path.ts';
import { attemptTimeoutMs } from './attempt-timeout.ts';
import type { RunContext } from './run-context.ts';
import { slotIdOf } from './slots.ts';

/** Attempts that were going on when a process died are made again before others begin. */
const FIRST = Number.POSITIVE_INFINITY;

export function requestSlot(run: RunContext, actor: AnyActor, path: string): void {
  run.recorder.queued(path, run.index.at(path).step);
  queueForSlot(run, actor, path);
}

/** The same for one that was queued when its process died. */
export function queueForSlot(run: RunContext, actor: AnyActor, path: string): void {
  const priority = run.slots.priorityOf(run.limits, run.index.at(path).step);
  ask(run, path, priority, () => tell(actor, { type: 'slot.granted' }));
}

/** For an attempt that was going on when its process died: it waits for a slot before its effect begins anew. */
export function seatAgain(run: RunContext, actor: AnyActor, path: string): void {
  const { seats } = run.slots;
  const id = slotIdOf(run.runId, path);
  let sitDown = (): void => {};
  const seat = new Promise<void>((resolve) => {
    sitDown = resolve;
  });
  seats.set(id, seat);
  ask(run, path, FIRST, () => {
    seats.delete(id);
    armAttemptTimer(run, actor, path);
    sitDown();
  });
  // After the timers of the run are back: its time does not count before it has its seat.
  queueMicrotask(() => seats.get(id) === seat && run.timers.disarm(actor, 'attempt'));
}

export function armAttemptTimer(run: RunContext, actor: AnyActor, path: string): void {
  const ref = run.index.at(path);
  if (ref.step.timeoutMs === undefined) return;
  const ms = attemptTimeoutMs(run, ref);
  if (ms !== undefined && ms > 0)
    run.timers.arm({ actor, name: 'attempt', step: path, dueAt: run.clock.now() + ms, policy: 'restart' });
}

/** Whether it holds the slot or waits for it. */
export function giveSlotBack(run: RunContext, path: string): void {
  const id = slotIdOf(run.runId, path);
  run.slots.seats.delete(id);
  run.slots.release(id);
  if (run.slots.sharedPoolOf(run.index.at(path).step) !== undefined) run.recorder.slot(path, undefined);
}

function ask(run: RunContext, path: string, priority: number, onGranted: () => void): void {
  const { step } = run.index.at(path);
  const pool = run.slots.sharedPoolOf(step);
  const record = (state: 'waiting' | 'held'): void => {
    if (pool !== undefined) run.recorder.slot(path, { path, pool, state, since: run.clock.now() });
  };
  record('waiting');
  const resources = run.slots.resourcesOf(run.limits, step);
  run.slots.request({ id: slotIdOf(run.runId, path), runId: run.runId, resources, priority }, () => {
    record('held');
    onGranted();
  });
}
