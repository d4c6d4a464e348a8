/** Cleans up what the steps of ended runs left behind: of the run that just ended, and of those whose process died before it could. */
import type { Engine } from '../runtime/index.ts';
import type { Project } from './project.ts';

/** What cannot be cleaned up stays written down, for the next run's end. */
export async function cleanLeftovers({ kinds }: Project, { store }: Engine): Promise<void> {
  for (const { runId, key, kind, what } of await store.leftovers.ofEndedRuns()) {
    try {
      await kinds.get(kind)?.cleanUp?.(what);
      await store.leftovers.remove(runId, key);
    } catch {
      // The run's own end is what counts; another look will be had.
    }
  }
}
