/** Whether a run merely waits, and until when: then its process may leave. */
import type { RunContext } from './run-context.ts';
import { waitsForOthers } from './waits.ts';

/** States of a step that goes on by itself, though nothing of it runs. */
const ABOUT_TO_GO_ON = new Set<unknown>(['queued', 'held', 'following']);

/** In wall clock ms; infinite when nothing but an event or a person can move it; undefined while it has work to do. */
export function idleUntil(run: RunContext): number | undefined {
  const earliest: number[] = [];
  for (const flight of run.flights.values()) {
    const childUntil = flight.idleUntil?.();
    if (childUntil === undefined) return undefined;
    earliest.push(childUntil);
  }
  for (const actor of run.active.values())
    if (ABOUT_TO_GO_ON.has(actor.getSnapshot().value)) return undefined;
  for (const { who } of run.keys.waits.values()) {
    // Whoever has the key is at work; a run that nobody runs may take days.
    if (who === 'live') return undefined;
    earliest.push(Number.POSITIVE_INFINITY);
  }
  const own = run.timers.earliest;
  if (own !== undefined) earliest.push(own);
  else if (waitsForOthers(run)) earliest.push(Number.POSITIVE_INFINITY);
  return earliest.length === 0 ? undefined : Math.min(...earliest);
}
