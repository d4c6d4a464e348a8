/** A `workflow` step: another workflow as a run of its own, linked to its parent, canceled with it, resumed with it. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Flight } from '../runtime/index.ts';
import type { ChildRunRequest } from '../steps/define.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import { compileWorkflow, redactorFor, resolveInputs } from './prepare-run.ts';
import { acquireEngine } from './project.ts';
import { resumeRun } from './resume-run.ts';
import { readRunResult } from './run-result.ts';
import type { RunSession, SessionOptions } from './run-session.ts';
import { beginRun } from './run-workflow.ts';
import type { RunResult } from './types.ts';
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
}

/** The same child for the same step and attempt: after a crash the parent finds the run it had begun. */
const childRunId = (parentRunId: string, parentPath: string, epoch: number, attempt: number): string =>
  createHash('sha256')
    .update(`${parentRunId}\n${parentPath}\n${epoch === 1 ? '' : `${epoch}.`}${attempt}`)
    .digest('hex')
    .slice(0, 10);

export async function runChild(options: ChildOptions): Promise<JsonObject> {
  const { parent, parentPath, flight } = options;
  if (parent.depth + 1 >= MAX_DEPTH) {
    throw new StepFailure(
      'WORKFLOW_DEPTH',
      `sub-workflows are nested ${MAX_DEPTH} deep; does one call itself?`,
    );
  }
  const runId = childRunId(parent.setup.runId, parentPath, options.epoch, flight.attempt);
  const session = await openChild(options, runId);
  if (!('host' in session)) return outcome(options, session);
  flight.idleUntil = () => session.idleUntil();
  flight.suspend = () => session.suspendWithParent();
  flight.pause = () => session.pause();
  flight.unpause = () => session.unpause();
  flight.isPaused = () => session.host.isPaused;
  session.onIdle = () => options.onIdle();
  if (options.isPausing()) session.pause();
  const signal = flight.controller.signal;
  const onAbort = (): void => {
    if (flight.why === 'halt') void session.abort().catch(() => {});
    else session.cancel(flight.why === 'timeout' ? 'the parent step timed out' : 'the parent was canceled');
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await outcome(options, await session.result);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A new child, the one a former process left, or the result of one that has ended already. */
async function openChild(options: ChildOptions, runId: string): Promise<RunSession | RunResult> {
  const { parent, request, parentPath } = options;
  const { project } = parent;
  const known = await parent.engine.store.run(runId);
  if (known !== undefined && SETTLED_RUN.has(known.status)) return readRunResult(parent.engine.store, runId);
  const from = parent.workflow.file === undefined ? parent.cwd : path.dirname(parent.workflow.file);
  const workflow = compile(project, request.workflow, from);
  const inputs = checkInputs(workflow, request.inputs);
  if (known !== undefined) {
    return resumeChild(options, runId, inputs);
  }
  const { engine, release } = await acquireEngine(project);
  return beginRun({
    project,
    engine,
    release,
    workflow,
    inputs,
    tags: [],
    cwd: parent.cwd,
    wait: true,
    depth: parent.depth + 1,
    ...(parent.setup.pinned.noDedup === true && { dedup: false }),
    runId,
    parent: { runId: parent.setup.runId, rootRunId: parent.setup.rootRunId, path: parentPath },
  });
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
  target: string,
  from: string,
): ReturnType<typeof compileWorkflow> {
  try {
    return compileWorkflow(project, findWorkflow(project, target, from));
  } catch (error) {
    if (!(error instanceof DiagnosticsError))
      throw new StepFailure('WORKFLOW_NOT_FOUND', (error as Error).message, { cause: error });
    const [first] = error.diagnostics;
    throw new StepFailure('WORKFLOW_INVALID', `${error.message}; first: ${first?.message ?? ''}`, {
      cause: error,
    });
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
async function outcome({ parent, request }: ChildOptions, result: RunResult): Promise<JsonObject> {
  if (result.status === 'success') {
    const image = await parent.engine.store.image(result.runId);
    if (image?.run.outputs === undefined) return {};
    return redactorFor(JSON.parse(image.plan), request.inputs).unseal(image.run.outputs);
  }
  const { error } = result;
  throw new StepFailure(
    'WORKFLOW_FAILED',
    `run ${result.runId} of ${result.workflow} ended ${result.status}: ${error?.message ?? ''}`,
    {
      retryable: result.status === 'failed' && (error?.retryable ?? false),
      details: { runId: result.runId, status: result.status, ...(error && { code: error.code }) },
    },
  );
}
