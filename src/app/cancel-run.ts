/** `keystone cancel`: tells the process that owns the run; a run nobody owns is taken over, canceled and unwound here. */

import type { JsonObject } from '../kernel/json.ts';
import type { Engine } from '../runtime/index.ts';
import type { RunStatus } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { acquireEngine, type Project } from './project.ts';
import { resumeRun } from './resume-run.ts';

const REASON = 'keystone cancel';
/** Only to learn whether somebody else has the run. */
const CLAIM_MS = 1000;

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
  const { engine, release } = await acquireEngine(project);
  try {
    const run = await engine.store.run(runId);
    if (run !== undefined && SETTLED_RUN.has(run.status))
      return { runId, was: run.status, delivered: 'settled-already' };
    if (run !== undefined && (await sendCancel(engine, runId)))
      return { runId, was: run.status, delivered: 'sent' };
    const handle = await resumeRun(project, runId, { inputs, wait: true, cancel: REASON });
    await handle.result;
    return { runId, was: run?.status ?? 'suspended', delivered: 'canceled-dormant' };
  } finally {
    await release();
  }
}

/** To this process's own run directly, to another's through its inbox. @returns false when nobody runs it. */
async function sendCancel({ store, runs, clock }: Engine, runId: string): Promise<boolean> {
  const event = { type: 'CANCEL', reason: REASON };
  const host = runs.find(({ run }) => run.runId === runId);
  if (host !== undefined) {
    host.send(event);
    return true;
  }
  const claim = await store.claim(runId, clock.now(), CLAIM_MS);
  if (claim.claimed) {
    await store.release(runId);
    return false;
  }
  await store.send(runId, event, clock.now());
  return true;
}
