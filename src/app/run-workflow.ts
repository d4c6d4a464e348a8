/** `keystone run`: compile, check inputs, record the run, start it. */

import path from 'node:path';
import { ExpressionError, evaluate } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { newRunId } from '../kernel/ids.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { type Engine, LEASE_MS, type Selection, toEnvText } from '../runtime/index.ts';
import { preloadStore } from '../store/index.ts';
import type { RunBatch } from '../store/port.ts';
import { type AttachedInspector, attachInspector } from './inspect.ts';
import { loadSecrets } from './load-secrets.ts';
import { enter } from './overlap.ts';
import {
  type CompiledWorkflow,
  compileWorkflow,
  newSeed,
  publicInputs,
  resolveInputs,
  secretsGiven,
} from './prepare-run.ts';
import { acquireEngine, type Project } from './project.ts';
import { refuseForbidden } from './refuse-forbidden.ts';
import { pinnedSecrets, RunSecrets } from './run-secrets.ts';
import { RunSession } from './run-session.ts';
import { selectionOf } from './select-steps.ts';
import { questionAbout, refuseUntrusted, trust } from './trust.ts';
import type { RunHandle, RunRequest } from './types.ts';
import { ENGINE_VERSION } from './version.ts';
import { refuseCycle } from './workflow-cycles.ts';
import { findWorkflow, type WorkflowFile } from './workflow-files.ts';

/** @throws {DiagnosticsError} the workflow does not compile. @throws {KeystoneError} wrong inputs, no such workflow, store trouble. */
export async function runWorkflow(project: Project, request: RunRequest): Promise<RunHandle> {
  preloadStore();
  const workflow = compileWorkflow(project, workflowOf(project, request));
  refuseCycle(project, workflow);
  refuseForbidden(project, workflow.plan);
  if (request.trust === true) trustNow(project, workflow);
  else refuseUntrusted(project, workflow);
  const inputs = resolveInputs(workflow.plan, request.inputs ?? {});
  const selection = selectionOf(workflow.plan, request);
  const values = await loadSecrets(project, workflow, { given: request.secrets, ask: request.askSecrets });
  const runId = newRunId();
  const secrets = new RunSecrets({ plan: workflow.plan, inputs, values, runId });
  const { engine, release } = await acquireEngine(project);
  try {
    const inspector = request.inspect === true ? await attachInspector(project, secrets.redactor) : undefined;
    const options = {
      project,
      engine,
      release: async () => {
        await inspector?.close();
        await release();
      },
      workflow,
      inputs,
      runId,
      secrets,
      tags: request.tags ?? [],
      cwd: project.cwd,
      wait: request.wait,
      depth: 0,
      ...(request.dedup === false && { dedup: false }),
      ...(request.debug === true && { debug: true }),
      ...(selection && { selection }),
      ...(inspector && { inspector }),
    };
    return workflow.plan.onOverlap === 'allow' ? beginRun(options) : await beginInTurn(options);
  } catch (error) {
    await release();
    throw error;
  }
}

/** @throws {KeystoneError} NOT_TRUSTED where the configuration trusts nothing from elsewhere. */
function trustNow(project: Project, workflow: CompiledWorkflow): void {
  const question = questionAbout(project, workflow);
  if (question !== undefined) trust(project, question);
}

export function workflowOf(project: Project, request: { workflow: string; source?: string }): WorkflowFile {
  return request.source === undefined
    ? findWorkflow(project, request.workflow)
    : { label: request.workflow === '-' ? '<stdin>' : request.workflow, source: request.source };
}

export interface BeginOptions {
  project: Project;
  engine: Engine;
  release(): Promise<void>;
  workflow: CompiledWorkflow;
  inputs: JsonObject;
  secrets: RunSecrets;
  tags: string[];
  cwd: string;
  wait: number | boolean | undefined;
  depth: number;
  runId: string;
  /** See RunRequest.dedup. */
  dedup?: boolean;
  /** See RunRequest.debug. */
  debug?: boolean;
  selection?: Selection;
  parent?: { runId: string; rootRunId: string; path: string };
  /** The step that began it, of a run that goes on by itself. */
  startedBy?: { runId: string; path: string };
  inspector?: AttachedInspector;
}

export function beginRun(options: BeginOptions): RunSession {
  const { session, create } = prepareRun(options);
  session.host.start(create);
  warnOfUnprotected(session, options);
  return session;
}

/** Begins when `on_overlap` lets it: now, in its turn, or not at all. @throws {KeystoneError} RUN_OVERLAPS */
async function beginInTurn(options: BeginOptions): Promise<RunSession> {
  const { project, engine, workflow } = options;
  const { session, create } = prepareRun(options);
  try {
    const queued = await enter(project, engine, workflow.plan, { runId: session.runId, create });
    session.host.start(undefined, queued);
    session.lookFirst();
  } catch (error) {
    engine.remove(session.runId);
    throw error;
  }
  warnOfUnprotected(session, options);
  return session;
}

function prepareRun(options: BeginOptions): {
  session: RunSession;
  create: NonNullable<RunBatch['create']>;
} {
  const { project, engine, workflow, inputs, secrets, parent, runId } = options;
  const startedAt = project.clock.now();
  const seed = newSeed();
  const pinned = {
    seed,
    secrets: secretsGiven(workflow.plan, inputs),
    ...pinnedSecrets(project, secrets, runId),
    ...(parent && { rootRunId: parent.rootRunId }),
    ...(options.startedBy && { startedBy: options.startedBy }),
    ...(options.dedup === false && { noDedup: true }),
    ...(options.debug === true && { debug: true }),
    ...(options.selection && { selection: [...options.selection] }),
  };
  const facts: JsonObject = { id: runId, name: workflow.plan.name, startedAt, attempt: 1 };
  const { redactor } = secrets;
  const session = new RunSession({
    ...options,
    redactor,
    setup: {
      runId,
      rootRunId: parent?.rootRunId ?? runId,
      inputs,
      secrets: secrets.values,
      ...runWideValues(workflow, { inputs, secrets, facts }, startedAt),
      facts,
      seed,
      pinned,
      startedAt,
      seq: 0,
    },
  });
  const create: NonNullable<RunBatch['create']> = {
    runId,
    workflow: workflow.plan.name,
    ...(workflow.file !== undefined && { file: path.resolve(workflow.file) }),
    sourceHash: workflow.sourceHash,
    planHash: workflow.planHash,
    engineVersion: ENGINE_VERSION,
    status: 'running',
    inputs: redactor.seal(publicInputs(workflow.plan, inputs)),
    tags: [...workflow.plan.tags, ...options.tags.map((tag) => redactor.text(tag))],
    cwd: options.cwd,
    startedAt,
    pinned,
    seq: 0,
    source: workflow.source,
    plan: JSON.stringify(workflow.plan),
    owner: engine.store.owner,
    leaseUntil: startedAt + LEASE_MS,
    ...(parent && { parentRunId: parent.runId, parentPath: parent.path }),
  };
  return { session, create };
}

function warnOfUnprotected(session: RunSession, { secrets }: BeginOptions): void {
  for (const name of secrets.redactor.unprotected) {
    if (!secrets.isOwn(name)) continue;
    session.host.run.recorder.emit({
      type: 'log',
      text: `warning: ${name} is too short or too common to be hidden in output`,
    });
  }
}

/**
 * The workflow's own `env` and `concurrency`, which may look at inputs and the run only.
 * @throws {KeystoneError} EXPRESSION when one cannot be evaluated with these inputs.
 */
export function runWideValues(
  { plan }: CompiledWorkflow,
  { inputs, secrets, facts }: { inputs: JsonObject; secrets: RunSecrets; facts: JsonObject },
  at: number,
): { env: Readonly<Record<string, string | null>>; concurrency: number | undefined } {
  const scope = { inputs, secrets: secrets.values, run: facts, workflow: { name: plan.name }, env: {} };
  const hooks = { now: () => at, uuid: () => newSeed() };
  const evaluated = (field: string, written: Json): Json => {
    try {
      return evaluate(written, scope, { hooks });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const message = secrets.redactor.text(`${field} of ${plan.name}: ${error.message}`);
      throw new KeystoneError('EXPRESSION', message, {
        exitCode: EXIT.usage,
        ...(error.hint !== undefined && { hint: error.hint }),
        cause: error,
      });
    }
  };
  const env: Record<string, string | null> = {};
  for (const [name, written] of Object.entries(plan.env))
    env[name] = toEnvText(evaluated(`env.${name}`, written));
  const concurrency = plan.concurrency === undefined ? undefined : evaluated('concurrency', plan.concurrency);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && Number(concurrency) >= 1)) {
    throw new KeystoneError(
      'CONCURRENCY',
      `concurrency of ${plan.name} gave ${JSON.stringify(secrets.redactor.json(concurrency))}; it must give a whole number from 1`,
      { exitCode: EXIT.usage },
    );
  }
  return { env, concurrency: concurrency === undefined ? undefined : Number(concurrency) };
}
