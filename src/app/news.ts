/** What others have for runs of this process, at the moment when it is about to leave them. */
import { type Engine, LEASE_MS, type RunHost } from '../runtime/index.ts';

/** Takes it now, and not at the next round of the engine. */
export async function lookAround(engine: Engine): Promise<void> {
  await engine.readInbox();
  await engine.readEvents();
  await engine.readTurns();
}

/**
 * For runs that have just been written down as left, with all that is in memory still there: when something has come for them meanwhile
 * they are taken back, unless another process was faster.
 * @param hosts The run, and its sub-workflows. @returns whether this process runs them again.
 */
export async function takeBack(engine: Engine, hosts: readonly RunHost[]): Promise<boolean> {
  if (!(await engine.hasNews(hosts))) return false;
  for (const { run } of hosts) {
    const claim = await engine.store.claim(run.runId, engine.clock.now(), LEASE_MS);
    if (!claim.claimed) return false;
    run.recorder.patchRun({ status: 'running', suspendedOn: null, wakeAt: null });
  }
  return true;
}
