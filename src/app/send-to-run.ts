/** Tells a run something, whichever process runs it: to this process's own directly, to another's through its inbox. */
import type { JsonObject } from '../kernel/json.ts';
import type { Engine } from '../runtime/index.ts';
import { type Ownership, type RunRow, SETTLED_RUN, type Store } from '../store/port.ts';

/** Only to learn whether somebody else has the run. */
const CLAIM_MS = 1000;

export type RunMessage = JsonObject & { type: 'CANCEL' | 'ROLLBACK' };

/** @returns false when nobody runs it; then the message may be left for whoever goes on with it. */
export async function sendToRun(
  { store, runs, clock }: Engine,
  runId: string,
  event: RunMessage,
): Promise<boolean> {
  const host = runs.find(({ run }) => run.runId === runId);
  if (host !== undefined) {
    host.send(event);
    return true;
  }
  if (await isLeft({ store, clock }, runId)) return false;
  await store.send(runId, event, clock.now());
  // Its process may have left it in between.
  return !(await isLeft({ store, clock }, runId));
}

/** Nobody runs it. */
export async function isLeft(
  { store, clock }: Pick<Engine, 'store' | 'clock'>,
  runId: string,
): Promise<boolean> {
  const { claimed } = await store.claim(runId, clock.now(), CLAIM_MS);
  if (claimed) await store.release(runId);
  return claimed;
}

/** The run within which this one goes on: the topmost that has not ended. Itself, when it is no sub-workflow. */
export async function runToResume(store: Store, run: RunRow & Ownership): Promise<RunRow & Ownership> {
  const parent = run.parentRunId === undefined ? undefined : await store.run(run.parentRunId);
  return parent === undefined || SETTLED_RUN.has(parent.status) ? run : runToResume(store, parent);
}
