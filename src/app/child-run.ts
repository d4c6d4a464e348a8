/** A `workflow` step: another workflow as a run of its own, linked to its parent, canceled with it, resumed with it. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { BLOCK_NAMES, type Plan } from '#compiler';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Flight, isToBeUndone } from '../runtime/index.ts';
import type { ChildRun, ChildRunRequest } from '../steps/define.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import { followChild } from './follow-child.ts';
import { loadSecrets } from './load-secrets.ts';
import { type CompiledWorkflow, compileWorkflow, resolveInputs } from './prepare-run.ts';
import { acquireEngine } from './project.ts';
import { refuseForbidden } from './refuse-forbidden.ts';
import { resumeRun } from './resume-run.ts';
import { secretDefaults } from './resumed-inputs.ts';
import { readRunResult } from './run-result.ts';
import { RunSecrets } from './run-secrets.ts';
import type { RunSession, SessionOptions } from './run-session.ts';
import { beginRun } from './run-workflow.ts';
import { refuseUntrusted } from './trust.ts';
import type { RunResult } from './types.ts';
import { cycleText, findCycle } from './workflow-cycles.ts';
import { findWorkflow } from './workflow-files.ts';

/** A workflow that calls itself would otherwise only end with the machine's memory. */
const MAX_DEPTH = 16;

export interface ChildOptions {
  parent: SessionOptions;
  request: ChildRunRequest;
  parentPath: string;
  flight: Flight;
  /** Of the step: one that begins anew has a child of its own. */
  epoch: number;
  /** The child waits for timers only, or is paused; its parent may leave with it. */
  onIdle(): void;
  isPausing(): boolean;
  /** In the commit in which the child begins: undoing the step is undoing the child. */
  armUndo(): void;
  /** The child has undone itself. */
  dropUndo(): void;
}

/** The same child for the same step and attempt: after a crash the parent finds the run it had begun. */
const childRunId = (parentRunId: string, parentPath: string, epoch: number, which: string): string =>
  createHash('sha256')
    .update(`${parentRunId}\n${parentPath}\n${epoch === 1 ? '' : `${epoch}.`}${which}`)
    .digest('hex')
    .slice(0, 10);

const whichOf = ({ request, flight }: ChildOptions): string =>
  request.key === undefined ? String(flight.attempt) : `:${request.key}`;

export async function runChild(options: ChildOptions): Promise<ChildRun> {
  const { parent, parentPath, flight, request } = options;
  if (parent.depth + 1 >= MAX_DEPTH) {
    throw new StepFailure(
      'WORKFLOW_DEPTH',
      `sub-workflows are nested ${MAX_DEPTH} deep; does one call itself?`,
    );
  }
  const runId = childRunId(parent.setup.runId, parentPath, options.epoch, whichOf(options));
  if (request.detach === true) return beginDetached(options, runId);
  const session = await openChild(options, runId);
  if (!('host' in session)) return outcome(options, session);
  if (options.isPausing()) session.pause();
  return outcome(options, await followChild(session, flight, options.onIdle));
}

/** It begins in the same turn, and so the same commit, in which the step has its result. */
async function beginDetached(options: ChildOptions, runId: string): Promise<ChildRun> {
  const { parent, parentPath } = options;
  const { project } = parent;
  const known = await parent.engine.store.run(runId);
  const workflow = openWorkflow(options);
  const inputs = checkInputs(workflow, options.request.inputs);
  const secrets = await childSecrets(options, { workflow, inputs, runId, detached: true });
  const child: ChildRun = { runId, version: workflow.plan.version ?? null, outputs: { runId } };
  if (known !== undefined) return child;
  const { engine, release } = await acquireEngine(project);
  beginRun({
    project,
    engine,
    release,
    workflow,
    inputs,
    secrets,
    tags: [],
    cwd: parent.cwd,
    wait: parent.wait,
    depth: 0,
    ...(parent.setup.pinned.noDedup === true && { dedup: false }),
    runId,
    startedBy: { runId: parent.setup.runId, path: parentPath },
  });
  return child;
}

/** What the step names, as it is now; a run that has begun keeps the text it began with. */
function openWorkflow({ parent, request }: ChildOptions): CompiledWorkflow {
  const from = parent.workflow.file === undefined ? parent.cwd : path.dirname(parent.workflow.file);
  const workflow = compile(parent.project, request, from);
  const cycle = workflow.file && findCycle(parent.project, workflow.plan, workflow.file);
  if (cycle) throw new StepFailure('WORKFLOW_CYCLE', cycleText(cycle));
  refuseChild(parent.project, workflow);
  const { version } = workflow.plan;
  if (request.version !== undefined && String(version ?? '') !== String(request.version))
    throw new StepFailure(
      'WORKFLOW_VERSION',
      `workflow ${workflow.plan.name} (${workflow.label}) has ${version === undefined ? 'no version' : `version ${JSON.stringify(version)}`}, but the step asks for ${JSON.stringify(request.version)}`,
    );
  return workflow;
}

function refuseChild(project: SessionOptions['project'], workflow: CompiledWorkflow): void {
  try {
    refuseForbidden(project, workflow.plan);
    refuseUntrusted(project, workflow);
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    throw new StepFailure(error.code, `${error.message}; ${error.hint ?? ''}`, { cause: error });
  }
}

/** A new child, the one a former process left, or the result of one that has ended already. */
async function openChild(options: ChildOptions, runId: string): Promise<RunSession | RunResult> {
  const { parent, request, parentPath } = options;
  const { project } = parent;
  const known = await parent.engine.store.run(runId);
  if (known !== undefined && SETTLED_RUN.has(known.status)) return readRunResult(parent.engine.store, runId);
  const workflow = openWorkflow(options);
  const inputs = checkInputs(workflow, request.inputs);
  if (known !== undefined) {
    return resumeChild(options, runId, inputs);
  }
  const secrets = await childSecrets(options, { workflow, inputs, runId });
  const { engine, release } = await acquireEngine(project);
  if (canUndo(workflow.plan)) options.armUndo();
  return beginRun({
    project,
    engine,
    release,
    workflow,
    inputs,
    secrets,
    tags: [],
    cwd: parent.cwd,
    wait: true,
    depth: parent.depth + 1,
    ...(parent.setup.pinned.noDedup === true && { dedup: false }),
    ...(parent.setup.pinned.debug === true && { debug: true }),
    runId,
    parent: { runId: parent.setup.runId, rootRunId: parent.setup.rootRunId, path: parentPath },
  });
}

/** Something in it has an undo, or may: a sub-workflow of its own. */
function canUndo(plan: Plan): boolean {
  return (
    plan.compensate !== undefined ||
    BLOCK_NAMES.some((block) =>
      plan.blocks[block].some(({ kind, compensate }) => compensate !== undefined || kind === 'workflow'),
    )
  );
}

async function resumeChild(
  { parent, isPausing }: ChildOptions,
  runId: string,
  inputs: JsonObject,
): Promise<RunSession> {
  try {
    const depth = parent.depth + 1;
    return (await resumeRun(parent.project, runId, {
      inputs,
      parent: parent.secrets,
      wait: true,
      depth,
      keepPaused: isPausing(),
    })) as RunSession;
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    throw new StepFailure('WORKFLOW_RESUME', error.message, {
      retryable: error.code === 'RUN_OWNED',
      cause: error,
    });
  }
}

function compile(
  project: SessionOptions['project'],
  { workflow, source }: ChildRunRequest,
  from: string,
): ReturnType<typeof compileWorkflow> {
  try {
    const found = source === undefined ? findWorkflow(project, workflow, from) : { label: workflow, source };
    return compileWorkflow(project, found);
  } catch (error) {
    if (!(error instanceof DiagnosticsError))
      throw new StepFailure('WORKFLOW_NOT_FOUND', (error as Error).message, { cause: error });
    const [first] = error.diagnostics;
    throw new StepFailure('WORKFLOW_INVALID', `${error.message}; first: ${first?.message ?? ''}`, {
      cause: error,
    });
  }
}

/** What its parent knows, and what it reads beyond that, which from now on the parent knows too. */
async function childSecrets(
  { parent }: ChildOptions,
  child: { workflow: CompiledWorkflow; inputs: JsonObject; runId: string; detached?: boolean },
): Promise<RunSecrets> {
  try {
    const values = await loadSecrets(parent.project, child.workflow, { given: parent.secrets.all });
    if (child.detached !== true) parent.secrets.learn(values);
    return new RunSecrets({ plan: child.workflow.plan, ...child, values, parent: parent.secrets });
  } catch (error) {
    if (error instanceof DiagnosticsError)
      throw new StepFailure('SECRET_MISSING', error.diagnostics.map(({ message }) => message).join('; '));
    if (error instanceof KeystoneError) throw new StepFailure(error.code, error.message, { cause: error });
    throw error;
  }
}

function checkInputs(workflow: ReturnType<typeof compileWorkflow>, given: JsonObject): JsonObject {
  try {
    return resolveInputs(workflow.plan, given);
  } catch (error) {
    throw new StepFailure('WORKFLOW_INPUTS', (error as Error).message, { cause: error });
  }
}

/** Outputs with their secrets, which the store has only placeholders for: the child got them from this parent. */
async function outcome({ parent, request, dropUndo }: ChildOptions, result: RunResult): Promise<ChildRun> {
  const { runId, error } = result;
  if (result.status === 'success') {
    const image = await parent.engine.store.image(runId);
    if (image === undefined) throw new Error(`run ${runId} has no row`);
    const plan: Plan = JSON.parse(image.plan);
    const inputs = { ...secretDefaults(plan), ...request.inputs };
    const secrets = new RunSecrets({ plan, inputs, values: parent.secrets.all, parent: parent.secrets });
    const outputs = secrets.redactor.unseal(image.run.outputs ?? {});
    return { runId, version: plan.version ?? null, outputs };
  }
  // What failed after its unwinding, such as its outputs, is still to be undone.
  const left = await parent.engine.store.compensations(runId);
  if (!left.some((row) => isToBeUndone(row, 'workflow'))) dropUndo();
  throw new StepFailure(
    'WORKFLOW_FAILED',
    `run ${runId} of ${result.workflow} ended ${result.status}: ${error?.message ?? ''}`,
    {
      retryable: result.status === 'failed' && (error?.retryable ?? false),
      ...(error?.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
      details: { runId, status: result.status, ...(error && { code: error.code }) },
    },
  );
}
