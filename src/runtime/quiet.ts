/** Whether anything of a run is in the middle of something: what a pause and an undoing of everything wait for. */
import type { RunContext } from './run-context.ts';

/** States of a step that a pause leaves alone: no effect is going on, and no effect begins from there while gates hold. */
const KEPT_WHILE_PAUSED = new Set<unknown>(['held', 'fanningOut', 'backingOff', 'suspended']);

/** No attempt is in flight any more, and no effect begins while gates hold. @param except path of a step that asks. */
export function isQuiet(run: RunContext, except?: string): boolean {
  for (const [path, actor] of run.active) {
    // The one that asks may be about to begin, when its snapshot cannot be read yet.
    if (path === except || run.flights.get(path)?.isPaused?.() === true) continue;
    if (!KEPT_WHILE_PAUSED.has(actor.getSnapshot().value)) return false;
  }
  return true;
}
