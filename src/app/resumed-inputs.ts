/** What a run that goes on needs beside its rows: its inputs, and the secrets the store has only the names of. */
import { BLOCK_NAMES, type Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { secretsIn } from '../kernel/redact.ts';
import type { RunImage, Store } from '../store/port.ts';
import { type AskSecrets, loadSecrets } from './load-secrets.ts';
import { type CompiledWorkflow, resolveInputs } from './prepare-run.ts';
import type { Project } from './project.ts';
import { readPlan } from './read-plan.ts';
import {
  changedSecrets,
  type KeptSecrets,
  keptSecrets,
  RunSecrets,
  type SecretValues,
} from './run-secrets.ts';
import { labelOf } from './workflow-files.ts';

export interface GivenAtResume {
  /** Secret inputs, and those of the run that began it by their full names, such as `parent.inputs.token`. */
  inputs?: JsonObject;
  /** See RunRequest.secrets. */
  secrets?: SecretValues;
  /** See RunRequest.askSecrets; secret inputs are asked for too. */
  askSecrets?: AskSecrets;
  /** Of a child run: the secrets of the run it belongs to. */
  parent?: RunSecrets;
}

export interface ResumedInputs {
  workflow: CompiledWorkflow;
  inputs: JsonObject;
  secrets: RunSecrets;
  /** For whoever follows the run. */
  notices: string[];
}

/** @throws {KeystoneError} INPUTS, NOT_WAITING, PLAN_FORMAT @throws {DiagnosticsError} SECRET_MISSING */
export async function resumedInputs(
  project: Project,
  store: Store,
  image: RunImage,
  given: GivenAtResume,
): Promise<ResumedInputs> {
  const { run } = image;
  const workflow = storedWorkflow(project, image);
  const { plan } = workflow;
  const kept = keptSecrets(run.pinned);
  const { ofParent, inputs } = separate(plan, run.runId, { ...storedInputs(kept), ...given.inputs });
  const whole = { ...run.inputs, ...inputs, ...(await askedInputs(image, plan, inputs, given.askSecrets)) };
  const values = await loadSecrets(project, workflow, {
    given: { ...given.parent?.all, ...given.secrets },
    stored: textsOf(named(kept.readable, 'secrets.')),
    also: Object.keys(named(kept.prints, 'secrets.')),
    ask: given.askSecrets,
  });
  const secrets = new RunSecrets({
    plan,
    inputs: { ...secretDefaults(plan), ...whole },
    values,
    runId: run.runId,
    parent: given.parent,
  });
  secrets.redactor.learn(Object.entries({ ...named(kept.readable, 'parent.', 'parent.'), ...ofParent }));
  const opened = secrets.redactor.unseal(whole);
  await requireKnown(store, image, { secrets, kept, opened });
  return {
    workflow,
    inputs: resolveInputs(plan, opened),
    secrets,
    notices: changeNotices(secrets, run.runId, kept),
  };
}

/** The stored text and plan, not the file: an edit between crash and resume changes nothing of a run that has begun. */
export function storedWorkflow(project: Project, image: RunImage): CompiledWorkflow {
  const { run, source } = image;
  return {
    ...(run.file !== undefined && { file: run.file }),
    label: run.file === undefined ? run.workflow : labelOf(project, run.file),
    source,
    sourceHash: run.sourceHash,
    planHash: run.planHash,
    plan: readPlan(image),
  };
}

/** Those whose full name begins so, by the rest of it. */
function named(all: JsonObject, prefix: string, as = ''): JsonObject {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[as + name.slice(prefix.length), value]] : [],
    ),
  );
}

const textsOf = (values: JsonObject): SecretValues =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

const storedInputs = ({ readable }: KeptSecrets): JsonObject => named(readable, 'inputs.');

export const secretDefaults = ({ inputs }: Plan): JsonObject =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, { secret, default: value }]) =>
      secret && value !== undefined ? [[name, value]] : [],
    ),
  );

/** A name that is a step's and no input's was meant as an answer, but the step does not ask. */
function separate(
  plan: Plan,
  runId: string,
  given: JsonObject,
): { inputs: JsonObject; ofParent: JsonObject } {
  const inputs: JsonObject = {};
  const ofParent: JsonObject = {};
  for (const [name, value] of Object.entries(given)) {
    const id = name.replace(/\[.*$/, '').replace(/^.*\//, '');
    const isStep = BLOCK_NAMES.some((block) => plan.blocks[block].some((step) => step.id === id));
    if (isStep && !Object.hasOwn(plan.inputs, name))
      throw new KeystoneError('NOT_WAITING', `step ${name} of run ${runId} does not wait for an answer`, {
        exitCode: EXIT.usage,
        hint: `see what is asked: keystone answer ${runId}`,
      });
    (name.startsWith('parent.') ? ofParent : inputs)[name] = value;
  }
  return { inputs, ofParent };
}

/** Outputs at rest hold placeholders of the secrets they contained; without the values later steps would get these. */
async function askedInputs(
  { run }: RunImage,
  plan: Plan,
  given: JsonObject,
  ask: AskSecrets | undefined,
): Promise<JsonObject> {
  const begunWith: Json = run.pinned.secrets ?? [];
  const missing = (Array.isArray(begunWith) ? begunWith.map(String) : []).filter(
    (name) => given[name] === undefined || given[name] === null || given[name] === '',
  );
  if (missing.length === 0) return {};
  const answers = await ask?.(
    missing.map((name) => {
      const { description, schema = {} } = plan.inputs[name] ?? {};
      return { name: `inputs.${name}`, schema, ...(description !== undefined && { description }) };
    }),
  );
  const still = missing.filter((name) =>
    [undefined, null, ''].includes(answers?.[`inputs.${name}`] as never),
  );
  if (still.length > 0)
    throw inputsError(
      `the run was begun with secret ${still.join(', ')}, which is not stored`,
      `give ${still.map((name) => `-i ${name}=…`).join(' ')}`,
    );
  return Object.fromEntries(missing.map((name) => [name, answers?.[`inputs.${name}`] ?? null]));
}

/** Secrets that the run got from elsewhere and nobody has given: no matter, unless something it goes on with holds one. */
async function requireKnown(
  store: Store,
  { run }: RunImage,
  { secrets, kept, opened }: { secrets: RunSecrets; kept: KeptSecrets; opened: JsonObject },
): Promise<void> {
  const known = new Set(secrets.redactor.secrets.map(([name]) => name));
  const unknown = Object.keys(kept.prints).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const held = secretsIn(opened);
  await store.eachStep(run.runId, ({ output = null, raw = null, error = null }) => {
    for (const name of secretsIn([output as Json, raw, error as unknown as Json])) held.add(name);
  });
  // What is held may be a part of one.
  const needed = unknown.filter((name) => [...held].some((each) => `${each}.`.startsWith(`${name}.`)));
  if (needed.length === 0) return;
  const hint =
    run.parentRunId === undefined
      ? `give ${needed.map((name) => (name.startsWith('secrets.') ? `the variable ${name.slice(8)}` : `-i ${name}=…`)).join(' and ')}`
      : `go on with the run it belongs to: keystone resume ${run.parentRunId}`;
  throw inputsError(`the run goes on with ${needed.join(', ')}, which is not stored`, hint);
}

function changeNotices(secrets: RunSecrets, runId: string, kept: KeptSecrets): string[] {
  return changedSecrets(secrets, runId, kept).map(
    (name) =>
      `${name} is not the value this run began with; from here on it is the new one, also in what earlier steps put out`,
  );
}

const inputsError = (message: string, hint: string): KeystoneError =>
  new KeystoneError('INPUTS', message, { exitCode: EXIT.usage, hint });
