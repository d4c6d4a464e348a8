/** The undo of a `workflow` step that has none of its own: the child runs it began are rolled back by their own compensations. */
import type { Plan } from '#compiler';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Flight, isToBeUndone } from '../runtime/index.ts';
import { type RunImage, type RunRow, SETTLED_RUN } from '../store/port.ts';
import { followChild } from './follow-child.ts';
import { type ResumeOptions, resumeRun } from './resume-run.ts';
import type { RunSession, SessionOptions } from './run-session.ts';

export interface ChildrenOfStep {
  parent: SessionOptions;
  /** Ledger path of the step that began them. */
  parentPath: string;
  /** As the step gives them to its child, which stores no secrets. */
  inputs: JsonObject;
  flight: Flight;
  onIdle(): void;
}

/** Newest first. @returns how many undos were made in them. @throws {StepFailure} UNDO_FAILED, WORKFLOW_RESUME */
export async function undoChildren(options: ChildrenOfStep): Promise<{ undone: number }> {
  const { store } = options.parent.engine;
  const children = await store.runs({ parentRunId: options.parent.setup.runId });
  const failed: string[] = [];
  let undone = 0;
  for (const { runId, parentPath } of children) {
    if (parentPath !== options.parentPath) continue;
    const image = await store.image(runId);
    if (image === undefined) continue;
    await undoChild(options, image);
    const ends = await endsOf(options, image);
    undone += ends.done;
    failed.push(...ends.failed);
  }
  if (failed.length > 0)
    throw new StepFailure('UNDO_FAILED', `undos of sub-workflows failed: ${failed.join('; ')}`);
  return { undone };
}

async function undoChild(options: ChildrenOfStep, image: RunImage): Promise<void> {
  const { run, compensations } = image;
  const isSettled = SETTLED_RUN.has(run.status);
  if (isSettled && !compensations.some((row) => isToBeUndone(row, 'workflow'))) return;
  // One that has not ended was being undone when the process died, which no cancel ends.
  const how: ResumeOptions = isSettled
    ? { undo: 'workflow' }
    : { cancel: { reason: 'the parent is rolled back', automatic: true } };
  const { parent, flight } = options;
  const inputs = secretsOf(JSON.parse(image.plan), options.inputs);
  try {
    const depth = parent.depth + 1;
    const handle = await resumeRun(parent.project, run.runId, {
      ...how,
      inputs,
      parent: parent.secrets,
      wait: true,
      depth,
    });
    await followChild(handle as RunSession, flight, options.onIdle);
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    throw new StepFailure('WORKFLOW_RESUME', `run ${run.runId} cannot be rolled back: ${error.message}`, {
      retryable: error.code === 'RUN_OWNED',
      cause: error,
    });
  }
}

export const secretsOf = (plan: Plan, inputs: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => plan.inputs[name]?.secret === true));

/** From the rows, so that a second look after a crash says the same. */
async function endsOf(
  { parent }: ChildrenOfStep,
  { run: { runId, workflow } }: RunImage,
): Promise<{ done: number; failed: string[] }> {
  const { store } = parent.engine;
  const run = await store.run(runId);
  const before = run && beforeUndoing(run);
  if (before === undefined) return { done: 0, failed: [] };
  const rows = await store.compensations(runId);
  return {
    done: rows.filter(({ path, status }) => status === 'done' && !before.undone.includes(path)).length,
    failed: rows
      .filter(({ path, status }) => status === 'failed' && !before.failed.includes(`compensate/${path}`))
      .map(({ path, error }) => `${path} of run ${runId} (${workflow}): ${error?.message ?? 'failed'}`),
  };
}

/** Undefined when it was not rolled back after its end: its own failed undos are told by its own failure. */
function beforeUndoing({ pinned }: RunRow): { undone: string[]; failed: string[] } | undefined {
  const { former } = pinned;
  if (former === null || typeof former !== 'object' || Array.isArray(former)) return undefined;
  const { undone, failedUndos } = former;
  return {
    undone: Array.isArray(undone) ? undone.map(String) : [],
    failed: Array.isArray(failedUndos) ? failedUndos.map(String) : [],
  };
}
