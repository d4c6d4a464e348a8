/** `keystone resume`: take a run over from the store and go on exactly where it stood. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Engine, LEASE_MS } from '../runtime/index.ts';
import { type RunImage, SETTLED_RUN, type StepRow } from '../store/port.ts';
import { storeAnswers } from './answer-run.ts';
import { inputsToCancel } from './inputs-to-cancel.ts';
import { attachInspector } from './inspect.ts';
import { waitsForTurn } from './overlap.ts';
import { hashOfSource } from './prepare-run.ts';
import { acquireEngine, type Project, withStore } from './project.ts';
import { type GivenAtResume, type ResumedInputs, resumedInputs } from './resumed-inputs.ts';
import { RunSession } from './run-session.ts';
import { runWideValues } from './run-workflow.ts';
import type { RunHandle } from './types.ts';
import { findWorkflow, labelOf, readWorkflow } from './workflow-files.ts';

export { readPlan } from './read-plan.ts';

export interface ResumeOptions extends GivenAtResume {
  /** What a rerun has made ready before it began the run again. */
  prepared?: ResumedInputs;
  /** Answers by path, for steps that wait for them. */
  answers?: JsonObject;
  wait?: number | boolean;
  inspect?: boolean;
  /** Of a child run. */
  depth?: number;
  /** Takes the run over only to cancel it: nothing of it goes on but what is in order before its end. */
  cancel?: { reason: string; automatic?: boolean; rollback?: boolean };
  /** Of a run that has ended: only undoes what it did; `workflow`, or the ledger path of one step. */
  undo?: string;
  /** A paused run stays so. */
  keepPaused?: boolean;
}

/** @throws {KeystoneError} RUN_SETTLED, RUN_OWNED (another process runs it), RUN_NOT_FOUND, INPUTS (secrets to give again), NOT_WAITING, ANSWER_INVALID, PLAN_FORMAT, STATECHART. */
export async function resumeRun(
  project: Project,
  runId: string,
  options: ResumeOptions = {},
): Promise<RunHandle> {
  const { engine, release } = await acquireEngine(project);
  try {
    // Its own lease would not stop this process from running the run twice.
    if (engine.runs.some((host) => host.run.runId === runId)) throw ownedElsewhere(runId);
    const claim = await engine.store.claim(runId, project.clock.now(), LEASE_MS);
    if (!claim.claimed) throw claim.reason === 'owned' ? ownedElsewhere(runId) : notFound(runId);
    const image = await engine.store.image(runId);
    if (image === undefined) throw notFound(runId);
    try {
      return await restore({ project, engine, release, image, options });
    } catch (error) {
      engine.remove(runId);
      await engine.store.release(runId);
      throw error;
    }
  } catch (error) {
    await release();
    throw error;
  }
}

interface Restoration {
  project: Project;
  engine: Awaited<ReturnType<typeof acquireEngine>>['engine'];
  release(): Promise<void>;
  image: RunImage;
  options: ResumeOptions;
}

async function restore({ project, engine, release, image, options }: Restoration): Promise<RunHandle> {
  const { run } = image;
  const isSettled = SETTLED_RUN.has(run.status);
  if (isSettled && options.undo === undefined) throw settled(run.runId, run.status);
  // Another process has begun to undo it meanwhile.
  if (!isSettled && options.undo !== undefined) throw ownedElsewhere(run.runId);
  const ready = options.cancel === undefined ? resumedInputs : inputsToCancel;
  const { workflow, inputs, secrets, notices } =
    options.prepared ?? (await ready(project, engine.store, image, options));
  const { redactor } = secrets;
  const inspector = options.inspect === true ? await attachInspector(project, redactor) : undefined;
  const facts: JsonObject = {
    id: run.runId,
    name: run.workflow,
    startedAt: run.startedAt,
    attempt: run.pinned.attempt ?? 1,
  };
  if (options.cancel !== undefined) await dropMessages(engine, run.runId, ['PAUSE', 'CANCEL']);
  else if (options.keepPaused !== true) await dropMessages(engine, run.runId, ['PAUSE']);
  const queued = await waitsForTurn(engine, workflow.plan, run.runId);
  const session = new RunSession({
    project,
    engine,
    release: async () => {
      await inspector?.close();
      await release();
    },
    workflow,
    secrets,
    redactor,
    cwd: run.cwd,
    wait: options.wait,
    depth: options.depth ?? 0,
    notices: [...fileNotices(project, run), ...notices],
    ...(inspector && { inspector }),
    setup: {
      runId: run.runId,
      rootRunId: typeof run.pinned.rootRunId === 'string' ? run.pinned.rootRunId : run.runId,
      inputs,
      secrets: secrets.values,
      ...runWideValues(workflow, { inputs, secrets, facts }, run.startedAt),
      facts,
      pinned: run.pinned,
      seed: typeof run.pinned.seed === 'string' ? run.pinned.seed : run.runId,
      startedAt: run.startedAt,
      seq: run.seq,
    },
  });
  if (options.answers !== undefined)
    await storeAnswers(engine.store, run.runId, options.answers, project.clock.now());
  const eachStep = (visit: (row: StepRow) => void): Promise<void> => engine.store.eachStep(run.runId, visit);
  if (options.undo === undefined) await session.host.restore(image, eachStep, queued);
  else await session.host.undo(image, eachStep, options.undo);
  if (options.cancel !== undefined) session.host.send({ type: 'CANCEL', ...options.cancel });
  else if (options.keepPaused !== true) unpause(session, image);
  session.lookFirst();
  return session;
}

/** Where the run machine stands when a pause may be to end. */
const HELD = new Set<unknown>(['pausing', 'paused', 'holding', 'undoing']);

/** Ends the pause the run was found in; not one that a breakpoint has just begun. */
function unpause({ host }: RunSession, image: RunImage): void {
  const root = image.actors.find(({ path }) => path === 'run');
  const value: { working?: unknown; queued?: unknown } =
    root === undefined ? {} : (JSON.parse(root.snapshot).value ?? {});
  if (HELD.has(value.working) || value.queued === 'paused') host.send({ type: 'UNPAUSE' });
}

/** Pauses that were asked for before somebody let the run go on, and that nobody has taken; cancels, when it is canceled now. */
async function dropMessages({ store }: Engine, runId: string, types: readonly string[]): Promise<void> {
  const dropped = (await store.inbox([runId])).filter(({ event }) => types.includes(event.type));
  if (dropped.length > 0) await store.commit([{ runId, inboxDone: dropped.map(({ id }) => id) }]);
}

/** What has become of the workflow file since the run began, if it matters. */
function fileNotices(project: Project, { file, sourceHash }: RunImage['run']): string[] {
  if (file === undefined) return [];
  const label = labelOf(project, file);
  const goesOn = 'this run goes on as it began';
  try {
    if (hashOfSource(readWorkflow(project, file).source) === sourceHash) return [];
    return [`${label} has changed since; ${goesOn}; for the new version: keystone run ${label}`];
  } catch (error) {
    if (error instanceof KeystoneError) return [`${label} can no longer be read; ${goesOn}`];
    throw error;
  }
}

/** For `run --resume`: the newest unsettled run of a workflow, found by its name or its file. */
export async function latestResumable(project: Project, workflow: string): Promise<string | undefined> {
  const { file } = findWorkflow(project, workflow);
  return withStore(project, async (store) => {
    const runs = await store.runs({ status: ['running', 'suspended', 'paused'] });
    return runs.find((run) => run.parentRunId === undefined && run.file === file)?.runId;
  });
}

const notFound = (runId: string): KeystoneError =>
  new KeystoneError('RUN_NOT_FOUND', `no run ${runId}`, {
    exitCode: EXIT.usage,
    hint: 'see: keystone history',
  });

const ownedElsewhere = (runId: string): KeystoneError =>
  new KeystoneError('RUN_OWNED', `run ${runId} is being run already`, {
    exitCode: EXIT.store,
    hint: `watch it with: keystone logs ${runId} -f; end it with: keystone cancel ${runId}`,
  });

const settled = (runId: string, status: string): KeystoneError =>
  new KeystoneError('RUN_SETTLED', `run ${runId} has ended (${status}); there is nothing to resume`, {
    exitCode: EXIT.usage,
    hint: `look at it with: keystone show ${runId}; run steps again with: keystone rerun ${runId} --from …`,
  });
