/** `keystone cancel`: tells the process that owns the run; a run nobody owns is taken over, canceled and unwound here. */
import type { JsonObject } from '../kernel/json.ts';
import type { Engine } from '../runtime/index.ts';
import type { Ownership, RunRow, RunStatus } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { acquireEngine, type Project } from './project.ts';
import { resumeRun } from './resume-run.ts';
import { runToResume, sendToRun } from './send-to-run.ts';

const REASON = 'keystone cancel';

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
  reason = REASON,
): Promise<Cancellation> {
  const { engine, release } = await acquireEngine(project);
  try {
    const run = await engine.store.run(runId);
    if (run !== undefined && SETTLED_RUN.has(run.status))
      return { runId, was: run.status, delivered: 'settled-already' };
    if (run !== undefined && (await sendToRun(engine, runId, { type: 'CANCEL', reason })))
      return { runId, was: run.status, delivered: 'sent' };
    await cancelDormant({ project, engine, inputs, reason }, runId, run);
    return { runId, was: run?.status ?? 'suspended', delivered: 'canceled-dormant' };
  } finally {
    await release();
  }
}

/** A sub-workflow is canceled within the run that waits for it, which has to know of its end. */
async function cancelDormant(
  {
    project,
    engine,
    inputs,
    reason,
  }: { project: Project; engine: Engine; inputs: JsonObject; reason: string },
  runId: string,
  run: (RunRow & Ownership) | undefined,
): Promise<void> {
  const top = run === undefined ? undefined : await runToResume(engine.store, run);
  if (top !== undefined && top.runId !== runId) {
    await engine.store.send(runId, { type: 'CANCEL', reason }, project.clock.now());
    const handle = await resumeRun(project, top.runId, { inputs, wait: false });
    await handle.result;
    return;
  }
  const handle = await resumeRun(project, runId, { inputs, wait: true, cancel: reason });
  await handle.result;
}
