/** `keystone cancel`: tells the process that owns the run; a run nobody owns is taken over, canceled and unwound here. */
import type { JsonObject } from '../kernel/json.ts';
import type { Engine } from '../runtime/index.ts';
import type { Ownership, RunRow, RunStatus } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { acquireEngine, type Project } from './project.ts';
import { resumeRun } from './resume-run.ts';
import { type RunMessage, runToResume, sendToRun } from './send-to-run.ts';

const REASON = 'keystone cancel';

export interface Cancellation {
  runId: string;
  was: RunStatus;
  delivered: 'sent' | 'settled-already' | 'canceled-dormant';
}

/** Who cancels. */
export interface CancelCause {
  /** Told with the run and its steps. @default "keystone cancel" */
  reason?: string;
  /** Nobody has typed it: it does not end `finally`. @default false */
  automatic?: boolean;
  /** What the run did is undone even if its `finally` runs already. @default false */
  rollback?: boolean;
}

/**
 * @param inputs secrets of a dormant run, should its compensations or finally need them.
 * @throws {KeystoneError} of a dormant run, as resumeRun.
 */
export async function cancelRun(
  project: Project,
  runId: string,
  inputs: JsonObject = {},
  { reason = REASON, ...flags }: CancelCause = {},
): Promise<Cancellation> {
  const event = { type: 'CANCEL' as const, reason, ...flags };
  const { engine, release } = await acquireEngine(project);
  try {
    const run = await engine.store.run(runId);
    if (run !== undefined && SETTLED_RUN.has(run.status))
      return { runId, was: run.status, delivered: 'settled-already' };
    if (run !== undefined && (await sendToRun(engine, runId, event)))
      return { runId, was: run.status, delivered: 'sent' };
    await cancelDormant({ project, engine, inputs, event }, runId, run);
    return { runId, was: run?.status ?? 'suspended', delivered: 'canceled-dormant' };
  } finally {
    await release();
  }
}

interface DormantCancel {
  project: Project;
  engine: Engine;
  inputs: JsonObject;
  event: RunMessage & CancelCause & { reason: string };
}

/** A sub-workflow is canceled within the run that waits for it, which has to know of its end. */
async function cancelDormant(
  { project, engine, inputs, event }: DormantCancel,
  runId: string,
  run: (RunRow & Ownership) | undefined,
): Promise<void> {
  const top = run === undefined ? undefined : await runToResume(engine.store, run);
  if (top !== undefined && top.runId !== runId) {
    await engine.store.send(runId, event, project.clock.now());
    const handle = await resumeRun(project, top.runId, { inputs, wait: false });
    await handle.result;
    return;
  }
  const { type: _, ...cancel } = event;
  const handle = await resumeRun(project, runId, { inputs, wait: true, cancel });
  await handle.result;
}
