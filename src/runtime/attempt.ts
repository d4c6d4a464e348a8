/**
 * One attempt, write-ahead: resolve the fields, commit the intent, have the effect, hand the result over. The result is
 * committed in the same turn in which the machine moves on, before anyone can act on it.
 */
import { evaluate, validateValue } from '#compiler';
import type { AttemptInput, AttemptVerdict } from '#machines';
import { type Failure, StepFailure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { StepContext, StepKind, StepResult } from '../steps/define.ts';
import type { StepRow } from '../store/port.ts';
import { attemptTimeoutMs } from './attempt-timeout.ts';
import { effectOf, recordIntent } from './effects.ts';
import { toFailure } from './gate.ts';
import { dedupes } from './keys.ts';
import { attemptIdOf, type Flight, type RunContext } from './run-context.ts';
import { type EvaluatedEnv, evaluateOptions, scopeOf, toEnvText } from './scope.ts';
import { slotIdOf } from './slots.ts';
import { configOf, stepContext } from './step-context.ts';
import type { StepRef } from './step-path.ts';

/** Never rejects but for bugs: how it ended is a verdict, what came out is the draft. */
export function runAttempt(run: RunContext, { path, attempt }: AttemptInput): Promise<AttemptVerdict> {
  const interrupted = takeInterrupted(run, path, attempt);
  const startedAt = interrupted?.startedAt ?? run.clock.now();
  const flight: Flight = {
    attempt,
    startedAt,
    controller: new AbortController(),
    ended: Promise.resolve(),
  };
  run.flights.set(path, flight);
  const verdict = fly(run, run.index.at(path), flight, interrupted);
  flight.ended = verdict.catch(() => {});
  return verdict;
}

/** Nobody wants to know how it ends any more. */
export function abandonAttempt(run: RunContext, { path, attempt }: AttemptInput): void {
  const flight = run.flights.get(path);
  if (flight?.attempt === attempt) flight.controller.abort(new Error('the run was stopped'));
}

async function fly(
  run: RunContext,
  ref: StepRef,
  flight: Flight,
  interrupted: StepRow | undefined,
): Promise<AttemptVerdict> {
  const { path } = ref;
  const { attempt, startedAt } = flight;
  const log = run.ports.openLog(path, attempt, run.ledger.epochOf(path));
  try {
    if (interrupted !== undefined)
      await run.ports.endOrphans(
        attemptIdOf(run, path, attempt),
        interrupted.processGroup,
        interrupted.startedAt,
      );
    const result = await execute(run, ref, { attempt, startedAt, flight, log });
    if (run.flights.get(path) !== flight) return { result: 'canceled' };
    run.drafts.set(path, {
      output: result.output,
      attempt,
      startedAt,
      ...(result.raw && { raw: result.raw }),
    });
    return { result: 'ok' };
  } catch (error) {
    if (interrupted !== undefined && isEnded(flight))
      await run.ports.endChildren(path, inputsOfChild(run, ref, startedAt), flight);
    return failed(run, ref, { attempt, startedAt, flight, error });
  } finally {
    log.close();
  }
}

/** The row of the same attempt that a dead process left behind. */
function takeInterrupted(run: RunContext, path: string, attempt: number): StepRow | undefined {
  const row = run.interrupted.get(path);
  if (row === undefined || row.attempt !== attempt) return undefined;
  run.interrupted.delete(path);
  return row;
}

export interface AttemptFrame {
  attempt: number;
  startedAt: number;
  flight: Flight;
  log: StepContext['log'];
}

async function execute(run: RunContext, ref: StepRef, frame: AttemptFrame): Promise<StepResult> {
  const { step, path } = ref;
  const kind = run.kinds.get(step.kind);
  if (kind?.run === undefined)
    throw new StepFailure('UNKNOWN_KIND', `this keystone cannot run steps of kind "${step.kind}"`);
  const env = stepEnv(run, ref, frame.startedAt);
  const fields = await resolveFields(run, ref, kind, frame.startedAt, env);
  await seated(run, path, frame.flight.controller.signal);
  const effect = dedupes(run, ref) ? await effectOf(run, ref) : undefined;
  const row: StepRow = {
    path,
    epoch: run.ledger.epochOf(path),
    attempt: frame.attempt,
    kind: step.kind,
    status: 'running',
    startedAt: frame.startedAt,
  };
  run.recorder.step(row);
  if (effect !== undefined) recordIntent(run, ref, effect);
  if (step.compensate !== undefined && ref.block !== 'compensate') run.compensations.arm(path);
  run.recorder.emit({ type: 'step.started', step: step.id, path, kind: step.kind, attempt: frame.attempt });
  await run.recorder.durable();
  if (frame.flight.controller.signal.aborted) throw new StepFailure('CANCELED', 'ended before it began');
  if (ref.undoesChildren === true)
    return {
      output: await run.ports.undoChildren(ref.undoes ?? '', childInputs(run, ref, frame), frame.flight),
    };
  return kind.run(fields as never, stepContext(run, ref, kind, { ...frame, row, env }));
}

/** Canceled, or out of time, before it was made again. */
const isEnded = ({ controller, why }: Flight): boolean => controller.signal.aborted && why !== 'halt';

/** As the step that is undone gave them: its child's secrets are nowhere else. */
function childInputs(run: RunContext, { undoes }: StepRef, { startedAt }: AttemptFrame): JsonObject {
  const ref = run.index.at(undoes ?? '');
  const written = ref.step.fields.inputs ?? {};
  return evaluate(written, scopeOf(run, ref), evaluateOptions(run, ref, startedAt)) as JsonObject;
}

/** The same of a step whose child is ended without them, if it has to be. */
function inputsOfChild(run: RunContext, ref: StepRef, startedAt: number): JsonObject {
  try {
    const { inputs = {} } = ref.step.fields;
    return evaluate(inputs, scopeOf(run, ref), evaluateOptions(run, ref, startedAt)) as JsonObject;
  } catch {
    return {};
  }
}

async function seated(run: RunContext, path: string, signal: AbortSignal): Promise<void> {
  const seat = run.slots.seats.get(slotIdOf(run.runId, path));
  if (seat === undefined || signal.aborted) return;
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await Promise.race([seat, aborted]);
  if (signal.aborted) throw new StepFailure('CANCELED', 'ended before it had a slot');
}

export function stepEnv(run: RunContext, ref: StepRef, at: number): EvaluatedEnv {
  if (ref.step.env === undefined) return run.env;
  const values = evaluate(ref.step.env, scopeOf(run, ref), evaluateOptions(run, ref, at)) as JsonObject;
  return {
    ...run.env,
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toEnvText(value)])),
  };
}

type Quote = Awaited<ReturnType<NonNullable<StepKind['quote']>>>;

/** The same, after loading what quotes spliced values for a shell, if anything has to. */
export async function resolveFields(
  run: RunContext,
  ref: StepRef,
  kind: StepKind,
  at: number,
  env: EvaluatedEnv,
): Promise<JsonObject> {
  const { quoted } = waysOf(kind);
  const quote =
    quoted.size > 0 && kind.quote !== undefined && needsQuoting(ref, quoted)
      ? await kind.quote(ref.step.fields, configOf(run, kind))
      : undefined;
  return resolveFieldsNow(run, ref, kind, { at, env, ...(quote && { quote }) });
}

/** Fields with every template evaluated and checked against the kind's schema and the step's `inputSchema`. */
export function resolveFieldsNow(
  run: RunContext,
  ref: StepRef,
  kind: StepKind,
  { at, env, quote }: { at: number; env: EvaluatedEnv; quote?: Quote },
): JsonObject {
  const scope = { ...scopeOf(run, ref), env };
  const options = evaluateOptions(run, ref, at);
  const { literal, quoted } = waysOf(kind);
  const fields: JsonObject = {};
  for (const [name, written] of Object.entries(ref.step.fields)) {
    fields[name] = literal.has(name)
      ? written
      : evaluate(written, scope, quote !== undefined && quoted.has(name) ? { ...options, quote } : options);
  }
  if (hasTemplates(ref)) check(kind.schema, fields, 'FIELD_INVALID', `fields of ${ref.step.kind}`);
  if (ref.step.inputSchema !== undefined) check(ref.step.inputSchema, fields, 'INPUT_SCHEMA', 'inputSchema');
  return fields;
}

interface FieldWays {
  /** Fields that are taken as they are written. */
  literal: ReadonlySet<string | undefined>;
  /** Fields in which spliced values are quoted. */
  quoted: ReadonlySet<string>;
}

const ways = new WeakMap<StepKind, FieldWays>();

/** Asked for every attempt, and always the same of a kind. */
function waysOf(kind: StepKind): FieldWays {
  const known = ways.get(kind);
  if (known !== undefined) return known;
  const { expressionFields = [], deferredFields = [], code, shellQuotedFields } = kind;
  const made = {
    literal: new Set([...expressionFields, ...deferredFields, code?.field]),
    quoted: new Set(shellQuotedFields),
  };
  ways.set(kind, made);
  return made;
}

const holdsTemplate = (value: Json): boolean => JSON.stringify(value).includes('${{');
const hasTemplates = (ref: StepRef): boolean => holdsTemplate(ref.step.fields);
const needsQuoting = (ref: StepRef, names: ReadonlySet<string>): boolean =>
  Object.entries(ref.step.fields).some(([name, value]) => names.has(name) && holdsTemplate(value));

/** @throws {StepFailure} with every violation and its JSON path. */
export function check(
  schema: Parameters<typeof validateValue>[0],
  value: Json,
  code: string,
  what: string,
): void {
  const problems = validateValue(schema, value);
  if (problems.length === 0) return;
  const listed = problems.map(({ path, message }) => `${path === '' ? '(value)' : path} ${message}`);
  throw new StepFailure(code, `does not fit ${what}: ${listed.join('; ')}`, {
    details: { problems: problems as never },
  });
}

function failed(
  run: RunContext,
  ref: StepRef,
  end: { attempt: number; startedAt: number; flight: Flight; error: unknown },
): AttemptVerdict {
  const { attempt, startedAt, flight } = end;
  const error = describeEnd(run, ref, flight, end.error);
  if (run.flights.get(ref.path) !== flight) return { result: 'canceled' };
  run.drafts.set(ref.path, { output: null, attempt, startedAt, error, ...rawOf(error) });
  if (flight.why === 'cancel' || flight.why === 'halt') return { result: 'canceled' };
  return {
    result: 'failed',
    retryable: error.retryable,
    ...(flight.why !== undefined && { timedOut: true }),
  };
}

function describeEnd(run: RunContext, ref: StepRef, flight: Flight, thrown: unknown): Failure {
  const place = { stepId: ref.step.id, attempt: flight.attempt };
  switch (flight.why) {
    case 'timeout':
      return {
        code: 'TIMEOUT',
        message: `took longer than ${attemptTimeoutMs(run, ref)} ms`,
        retryable: true,
        ...place,
      };
    case 'total-timeout':
      return {
        code: 'TOTAL_TIMEOUT',
        message: `all attempts together took longer than ${ref.step.totalTimeoutMs} ms`,
        retryable: false,
        ...place,
      };
    case 'cancel':
    case 'halt':
      return { code: 'CANCELED', message: 'was canceled', retryable: false, ...place };
    case undefined:
      return { ...toFailure(thrown), ...place };
    default:
      return flight.why satisfies never;
  }
}

/** stdout, stderr and exitCode of a failed command stay readable. */
function rawOf(error: Failure): { raw?: JsonObject } {
  const details = error.details;
  if (details === null || typeof details !== 'object' || Array.isArray(details)) return {};
  const raw: JsonObject = {};
  for (const name of ['stdout', 'stderr', 'exitCode'])
    if (details[name] !== undefined) raw[name] = details[name];
  return Object.keys(raw).length === 0 ? {} : { raw };
}
