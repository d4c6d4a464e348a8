/** A run that is given up: its attempts are told to end, and its slots are free when they have. */
import { endFlight, type RunContext } from './run-context.ts';
import { slotIdOf } from './slots.ts';

/** @param stop ends its actors. Resolves when nothing of the run is left in this process. */
export async function endRun(run: RunContext, stop: () => void): Promise<void> {
  const { recorder, timers, flights, leaving, active, runId, slots, limits } = run;
  recorder.close();
  timers.stop();
  // A child run ends its own.
  const own = [...flights].filter(([, { idleUntil }]) => idleUntil === undefined);
  for (const flight of flights.values()) {
    if (flight.controller.signal.aborted) flight.halt?.();
    endFlight(flight, 'halt');
  }
  stop();
  // A stopped actor runs no exit actions; its slots must not be missing to other runs, but while its command goes on it uses one.
  const busy = new Set([...own.map(([path]) => path), ...leaving.keys()]);
  const idsOf = (paths: Iterable<string>): string[] => Array.from(paths, (path) => slotIdOf(runId, path));
  slots.withdrawAll(idsOf([...active.keys()].filter((path) => !busy.has(path))));
  // Only then may a successor begin: what is left of an attempt must not meet its redo.
  await Promise.all([...own.map(([, { ended }]) => ended), ...leaving.values()]);
  slots.withdrawAll(idsOf(busy));
  slots.closeRun(limits);
}
