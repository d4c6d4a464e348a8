/**
 * `keystone rollback`: a run that goes on is canceled, or one step of it undone in the middle; of a run that has ended, what it did
 * is undone now. From any process, and again after a crash.
 */
import { nearest, type Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Engine, isToBeUndone } from '../runtime/index.ts';
import { type RunImage, type RunStatus, SETTLED_RUN } from '../store/port.ts';
import { cancelRun } from './cancel-run.ts';
import { acquireEngine, type Project } from './project.ts';
import { readPlan, resumeRun } from './resume-run.ts';
import { runToResume, sendToRun } from './send-to-run.ts';

const REASON = 'keystone rollback';

export interface RollbackRequest {
  /** Ledger path of the step that is undone; absent: everything. */
  scope?: string;
  /** Secret inputs, which the store does not hold. */
  inputs?: JsonObject;
}

export interface Rollback {
  runId: string;
  was: RunStatus;
  /** `sent`: the process that runs it was told. `undone`: it is over. `nothing-to-undo`: nothing was left, or ever had an undo. */
  delivered: 'sent' | 'undone' | 'nothing-to-undo';
  /** As the run is now, or was when another process was told. */
  status: RunStatus;
  /** Steps that were undone, in the order of their undoing. Empty when another process does it. */
  undone: { step: string; status: string }[];
}

/** @throws {KeystoneError} RUN_NOT_FOUND, UNKNOWN_SCOPE, RUN_ENDING (one step of a run that cleans up), INPUTS (secrets to give again). */
export async function rollbackRun(
  project: Project,
  runId: string,
  request: RollbackRequest = {},
): Promise<Rollback> {
  const { engine, release } = await acquireEngine(project);
  try {
    const image = await engine.store.image(runId);
    if (image === undefined)
      throw new KeystoneError('RUN_NOT_FOUND', `no run ${runId}`, {
        exitCode: EXIT.usage,
        hint: 'see: keystone history',
      });
    const scope = request.scope ?? 'workflow';
    requireScope(readPlan(image), scope);
    const was = image.run.status;
    const isSettled = SETTLED_RUN.has(was);
    const isLeft = image.compensations.some((row) => isToBeUndone(row, scope));
    if (!isLeft && (isSettled || scope !== 'workflow'))
      return { runId, was, delivered: 'nothing-to-undo', status: was, undone: [] };
    const sent = await roll({ project, engine, image, scope, inputs: request.inputs ?? {} });
    return await outcomeOf(engine, image, sent ? 'sent' : 'undone');
  } finally {
    await release();
  }
}

interface Rolling {
  project: Project;
  engine: Engine;
  image: RunImage;
  scope: string;
  inputs: JsonObject;
}

/** @returns whether another process, or another part of this one, does it. */
async function roll({ project, engine, image, scope, inputs }: Rolling): Promise<boolean> {
  const { runId, status } = image.run;
  if (SETTLED_RUN.has(status)) {
    const handle = await resumeRun(project, runId, { inputs, wait: true, undo: scope });
    await handle.result;
    return false;
  }
  if (scope === 'workflow') {
    const { delivered } = await cancelRun(project, runId, inputs, {
      reason: REASON,
      automatic: true,
      rollback: true,
    });
    return delivered === 'sent';
  }
  refuseWhileEnding(image, scope);
  const event = { type: 'ROLLBACK' as const, scope };
  if (await sendToRun(engine, runId, event)) return true;
  // Nobody runs it: it is taken up, undoes the step, and goes on as far as it can without waiting.
  await engine.store.send(runId, event, project.clock.now());
  const top = await runToResume(engine.store, image.run);
  const handle = await resumeRun(project, top.runId, { inputs, wait: false, keepPaused: true });
  await handle.result;
  return false;
}

/** The run machine takes such a message while the steps run, and when it has ended. */
function refuseWhileEnding({ run, actors }: RunImage, scope: string): void {
  const root = actors.find(({ path }) => path === 'run');
  const value: unknown = root === undefined ? undefined : JSON.parse(root.snapshot).value;
  const stage = typeof value === 'object' && value !== null ? Object.keys(value)[0] : value;
  if (!['recovering', 'unwinding', 'finalizing'].includes(String(stage))) return;
  throw new KeystoneError(
    'RUN_ENDING',
    `run ${run.runId} is ending (${stage}); a step of it can be undone when it has ended`,
    {
      exitCode: EXIT.refused,
      hint: `keystone rollback ${run.runId} undoes everything; or wait, and then: keystone rollback ${run.runId} --scope ${scope}`,
    },
  );
}

async function outcomeOf(
  { store }: Engine,
  { run, compensations }: RunImage,
  delivered: 'sent' | 'undone',
): Promise<Rollback> {
  const now = await store.run(run.runId);
  const before = new Set(
    compensations.filter((row) => !isToBeUndone(row, 'workflow')).map((row) => row.path),
  );
  const undone = (await store.compensations(run.runId))
    .filter(({ path, status }) => !before.has(path) && (status === 'done' || status === 'failed'))
    .sort((a, b) => (b.order ?? Number.MAX_SAFE_INTEGER) - (a.order ?? Number.MAX_SAFE_INTEGER))
    .map(({ path, status }) => ({ step: path, status }));
  return {
    runId: run.runId,
    was: run.status,
    delivered,
    status: now?.status ?? run.status,
    undone: delivered === 'sent' ? [] : undone,
  };
}

/** A step, an item of one, or everything. */
function requireScope(plan: Plan, scope: string): void {
  if (scope === 'workflow') return;
  const known = (['steps', 'errors', 'finally'] as const).flatMap((block) =>
    plan.blocks[block].map(({ id }) => (block === 'steps' ? id : `${block}/${id}`)),
  );
  if (known.includes(scope.replace(/\[\d+\]$/, ''))) return;
  const similar = nearest(scope, known);
  throw new KeystoneError('UNKNOWN_SCOPE', `workflow ${plan.name} has no step "${scope}"`, {
    exitCode: EXIT.usage,
    hint:
      similar === undefined
        ? `give the id of a step: ${known.slice(0, 10).join(', ')}`
        : `did you mean: --scope ${similar}`,
  });
}
