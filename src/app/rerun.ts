/**
 * `keystone rerun`: an ended run begins again from a step, in the next epoch of that step and of what depends on it; all else is
 * kept. One commit makes it a running run without actors; from there on it is resumed, here or by whoever finds it after a crash.
 */
import { nearest, type Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import {
  LEASE_MS,
  planRerun,
  type RerunPlan,
  type RerunStep,
  readSelection,
  selectedSteps,
} from '../runtime/index.ts';
import { type RunBatch, type RunImage, SETTLED_RUN, type Store } from '../store/port.ts';
import { enter } from './overlap.ts';
import { acquireEngine, type Project, withStore } from './project.ts';
import { readPlan } from './read-plan.ts';
import { resumeRun } from './resume-run.ts';
import { type GivenAtResume, resumedInputs } from './resumed-inputs.ts';
import { resolveRunId } from './runs.ts';
import type { RunHandle } from './types.ts';
import { findWorkflow } from './workflow-files.ts';

export interface RerunOptions extends Omit<GivenAtResume, 'parent'> {
  /** Step id, or an item such as `test[3]`. @default the steps that failed */
  from?: string;
  /** Leaves out what depends on the step. @default false */
  only?: boolean;
  wait?: number | boolean;
}

export interface RerunPreview {
  runId: string;
  workflow: string;
  /** Which time the run would begin; 1 was the first. */
  attempt: number;
  steps: RerunStep[];
}

/** A run, or the latest run of a workflow (which no other run began), by what a person types. @throws {KeystoneError} RUN_NOT_FOUND */
export async function resolveRerun(project: Project, text: string): Promise<string> {
  try {
    return await resolveRunId(project, text);
  } catch (error) {
    const latest = await latestRunOf(project, text);
    if (latest !== undefined) return latest;
    throw error;
  }
}

async function latestRunOf(project: Project, text: string): Promise<string | undefined> {
  let file: string | undefined;
  try {
    file = findWorkflow(project, text).file;
  } catch {
    // Runs outlive their files, and those of standard input never had one.
  }
  return withStore(project, async (store) => {
    const byName = await store.runs({ workflow: text });
    const found = byName.length > 0 || file === undefined ? byName : await store.runs();
    return found.find((run) => run.parentRunId === undefined && (byName.length > 0 || run.file === file))
      ?.runId;
  });
}

/** What `rerunRun` would do. @throws {KeystoneError} as it does, but asks for no secrets. */
export async function previewRerun(
  project: Project,
  runId: string,
  options: RerunOptions = {},
): Promise<RerunPreview> {
  return withStore(project, async (store) => {
    const { image, rerun } = await planOf(store, runId, options);
    return { runId, workflow: image.run.workflow, attempt: attemptOf(image) + 1, steps: rerun.steps };
  });
}

/** @throws {KeystoneError} RUN_NOT_FOUND, RUN_NOT_SETTLED, RUN_IS_CHILD, STEP_NOT_FOUND, NOTHING_FAILED, INPUTS (secrets to give again), RUN_OWNED. */
export async function rerunRun(
  project: Project,
  runId: string,
  options: RerunOptions = {},
): Promise<RunHandle> {
  const { engine, release } = await acquireEngine(project);
  try {
    const { store } = engine;
    const { wait } = options;
    const found = await planOf(store, runId, options);
    const prepared = await resumedInputs(project, store, found.image, options);
    const claim = await store.claim(runId, project.clock.now(), LEASE_MS);
    if (!claim.claimed) throw await refusal(store, runId);
    try {
      // Again: until now another process may have begun it.
      const { image, rerun } = await planOf(store, runId, options);
      // What was left for it before it ended is too late now.
      const inboxDone = (await store.inbox([runId])).map(({ id }) => id);
      const batch = { ...reopening(image, rerun, options, project.clock.now()), inboxDone };
      await enter(project, engine, readPlan(image), batch);
    } catch (error) {
      await store.release(runId);
      throw error;
    }
    return await resumeRun(project, runId, {
      prepared,
      keepPaused: true,
      ...(wait !== undefined && { wait }),
    });
  } finally {
    await release();
  }
}

async function planOf(
  store: Store,
  runId: string,
  { from, only = false }: RerunOptions,
): Promise<{ image: RunImage; rerun: RerunPlan }> {
  const image = await store.image(runId);
  if (image === undefined || !SETTLED_RUN.has(image.run.status) || image.run.parentRunId !== undefined)
    throw await refusal(store, runId);
  const plan = readPlan(image);
  if (from !== undefined) requireStep(plan, runId, from);
  const rows = await store.steps(runId);
  if (from?.endsWith(']') && !rows.some(({ path }) => path === from))
    throw usage(
      'STEP_NOT_FOUND',
      `run ${runId} has no ${from}`,
      `see its items: keystone show ${runId} --json`,
    );
  const rerun = planRerun({
    plan,
    status: image.run.status,
    rows,
    compensations: image.compensations,
    ...(from !== undefined && { from }),
    only,
    widen: leavesSelection(image, from),
  });
  const failedAtEnd = image.run.status !== 'success' && !only;
  if (rerun.steps.length === 0 && !failedAtEnd)
    throw usage(
      'NOTHING_FAILED',
      `no step of run ${runId} failed`,
      `say where to begin: keystone rerun ${runId} --from ${plan.blocks.steps[0]?.id}`,
    );
  return { image, rerun };
}

/** A step that `--until` or `--only` had left out is asked for: from now on nothing is left out. */
function leavesSelection(image: RunImage, from: string | undefined): boolean {
  const selection = readSelection(image.run.pinned.selection);
  if (selection === undefined || from === undefined) return false;
  return !selectedSteps(readPlan(image).blocks.steps, selection).has(from.replace(/\[.*$/, ''));
}

/** The commit that makes an ended run a running one. */
function reopening(
  image: RunImage,
  rerun: RerunPlan,
  { from, only = false }: RerunOptions,
  now: number,
): RunBatch {
  const { selection, ...pinned } = image.run.pinned;
  return {
    runId: image.run.runId,
    run: {
      status: 'running',
      finishedAt: null,
      outputs: null,
      error: null,
      suspendedOn: null,
      wakeAt: null,
      pinned: {
        ...pinned,
        ...(selection !== undefined && !leavesSelection(image, from) && { selection }),
        sentBack: null,
        outputsFailure: null,
        attempt: attemptOf(image) + 1,
        begunAt: now,
        kept: rerun.kept,
        asked: only ? rerun.steps.map(({ path }) => path) : [],
      },
    },
    steps: rerun.rows,
    compensations: rerun.compensations,
  };
}

const attemptOf = ({ run: { pinned } }: RunImage): number =>
  typeof pinned.attempt === 'number' ? pinned.attempt : 1;

function requireStep(plan: Plan, runId: string, from: string): void {
  const ids = plan.blocks.steps.map(({ id }) => id);
  const id = from.replace(/\[\d+\]$/, '');
  if (ids.includes(id)) return;
  if (/^(errors|finally)\//.test(from))
    throw usage(
      'STEP_NOT_FOUND',
      `${from} is no step to begin from: the blocks errors and finally run at the end in any case`,
      `begin from one of: ${ids.join(', ')}`,
    );
  const similar = nearest(id, ids);
  throw usage(
    'STEP_NOT_FOUND',
    `workflow ${plan.name} of run ${runId} has no step "${from}"`,
    similar === undefined ? `its steps: ${ids.join(', ')}` : `did you mean ${similar}?`,
  );
}

async function refusal(store: Store, runId: string): Promise<KeystoneError> {
  const run = await store.run(runId);
  if (run === undefined) return usage('RUN_NOT_FOUND', `no run ${runId}`, 'see: keystone history');
  if (run.parentRunId !== undefined)
    return usage(
      'RUN_IS_CHILD',
      `run ${runId} belongs to step ${run.parentPath} of run ${run.parentRunId}`,
      `run that step again: keystone rerun ${run.parentRunId} --from ${run.parentPath}`,
    );
  return usage(
    'RUN_NOT_SETTLED',
    `run ${runId} has not ended (${run.status})`,
    `go on with it: keystone resume ${runId}; or end it first: keystone cancel ${runId}`,
  );
}

const usage = (code: string, message: string, hint: string): KeystoneError =>
  new KeystoneError(code, message, { exitCode: EXIT.usage, hint });
