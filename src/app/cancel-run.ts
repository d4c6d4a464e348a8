/** `keystone cancel`: tells the process that owns the run; a run nobody owns is taken over, canceled and unwound here. */

import type { JsonObject } from '../kernel/json.ts';
import type { RunStatus } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { type Project, withStore } from './project.ts';
import { resumeRun } from './resume-run.ts';

export interface Cancellation {
  runId: string;
  was: RunStatus;
  delivered: 'sent' | 'settled-already' | 'canceled-dormant';
}

/** @param inputs secrets of a dormant run, should its compensations or finally need them. */
export async function cancelRun(
  project: Project,
  runId: string,
  inputs: JsonObject = {},
): Promise<Cancellation> {
  const sent = await withStore(project, async (store): Promise<Cancellation | undefined> => {
    const run = await store.run(runId);
    if (run === undefined) return undefined;
    if (SETTLED_RUN.has(run.status)) return { runId, was: run.status, delivered: 'settled-already' };
    const claim = await store.claim(runId, project.clock.now(), 1000);
    if (claim.claimed) {
      await store.release(runId);
      return undefined;
    }
    await store.send(runId, { type: 'CANCEL', reason: 'keystone cancel' }, project.clock.now());
    return { runId, was: run.status, delivered: 'sent' };
  });
  if (sent !== undefined) return sent;
  const handle = await resumeRun(project, runId, { inputs, wait: true });
  handle.cancel('keystone cancel');
  await handle.result;
  return { runId, was: 'suspended', delivered: 'canceled-dormant' };
}
