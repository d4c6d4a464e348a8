/**
 * Steps of one run that wait for a time, an event or an answer. What each waits for is part of its machine's context, so it
 * survives; rows tell other processes; what comes is put into the step's draft and the machine is told WAKE.
 */
import type { AnyActor } from 'xstate';
import { evaluateExpression, isTruthy, validateValue } from '#compiler';
import { StepFailure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { AnswerSuspension, EventSuspension, StepKind, Suspension } from '../steps/define.ts';
import type { EventRow } from '../store/port.ts';
import { tell } from './actor-path.ts';
import { resolveFieldsNow, stepEnv } from './attempt.ts';
import { attemptTimeoutMs } from './attempt-timeout.ts';
import { toFailure } from './gate.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

/** One step that waits. */
export interface Wait {
  path: string;
  on: Suspension;
  /** Wall clock in ms. */
  since: number;
}

/** What the step waits for, from its fields; the step's own `timeout` bounds waits for events and people. */
export function suspensionOf(run: RunContext, ref: StepRef, kind: StepKind): Suspension {
  const now = run.clock.now();
  const fields = resolveFieldsNow(run, ref, kind, { at: now, env: stepEnv(run, ref, now) });
  if (kind.suspend === undefined) throw new Error(`kind "${kind.kind}" does not say what it waits for`);
  const on = kind.suspend(fields as never, now);
  if (on.for === 'time') return on;
  const timeoutMs = attemptTimeoutMs(run, ref);
  const dueAt =
    timeoutMs === undefined ? on.dueAt : Math.min(now + timeoutMs, on.dueAt ?? Number.POSITIVE_INFINITY);
  return { ...on, ...(dueAt !== undefined && { dueAt }) };
}

/** Rows, timer and event of a step that begins to wait. */
export function beginWait(run: RunContext, actor: AnyActor, path: string, on: Suspension): void {
  const { step } = run.index.at(path);
  const since = run.clock.now();
  run.waits.set(path, { path, on, since });
  run.drafts.set(path, { output: null, attempt: 1, startedAt: since });
  const epoch = run.ledger.epochOf(path);
  run.recorder.step({ path, epoch, attempt: 1, kind: step.kind, status: 'suspended', startedAt: since });
  if (on.dueAt !== undefined) {
    const policy = on.for === 'time' && on.clock === 'wall' ? 'absolute' : 'elapsed';
    run.timers.arm({ actor, name: 'wait', step: path, dueAt: on.dueAt, policy });
  }
  if (on.for !== 'time') {
    const { for: _, dueAt, ...detail } = on;
    run.recorder.wait({
      path,
      for: on.for,
      name: on.for === 'event' ? on.event : step.id,
      since,
      ...(dueAt !== undefined && { dueAt }),
      detail: detail as unknown as JsonObject,
    });
  }
  run.recorder.emit({
    type: 'step.suspended',
    step: step.id,
    path,
    kind: step.kind,
    waitsFor: on.for,
    ...(on.dueAt !== undefined && { dueAt: on.dueAt }),
    ...(on.for === 'answer' && { text: on.message }),
    ...(on.for === 'event' && { text: on.event }),
  });
  if (on.for === 'event') run.ports.lookForEvents();
}

export function endWait(run: RunContext, actor: AnyActor, path: string): void {
  run.timers.disarm(actor, 'wait');
  const wait = run.waits.get(path);
  run.waits.delete(path);
  if (wait !== undefined && wait.on.for !== 'time') run.recorder.waitGone(path);
}

/** Its time is up: a sleep has slept; a wait falls back to its default or fails. */
export function waitedInVain(run: RunContext, path: string): void {
  const on = run.waits.get(path)?.on;
  if (on === undefined || on.for === 'time') return;
  if (on.default !== undefined) {
    settleDraft(run, path, on.default.value, { timedOut: true });
    return;
  }
  const what = on.for === 'event' ? `event "${on.event}" came` : 'answer was given';
  const message = `no ${what} within ${on.dueAt === undefined ? 0 : on.dueAt - (run.waits.get(path)?.since ?? 0)} ms`;
  const draft = run.drafts.get(path) ?? { output: null, attempt: 1 };
  const stepId = run.index.at(path).step.id;
  run.drafts.set(path, {
    ...draft,
    error: { code: 'TIMEOUT', message, retryable: false, stepId, attempt: 1 },
  });
}

/** @returns whether the step waits for this event; a match that cannot be evaluated fails the step. */
export function matchesEvent(run: RunContext, { path, on }: Wait, event: EventRow): boolean {
  if (on.for !== 'event' || on.event !== event.name) return false;
  if (event.scope !== undefined && event.scope !== run.rootRunId) return false;
  if (!on.oneShot && event.ts < run.startedAt) return false;
  if (on.match === undefined) return true;
  const ref = run.index.at(path);
  const names = {
    data: run.ports.openEvent(event.data),
    event: { name: event.name, id: event.id, ts: event.ts },
  };
  try {
    return isTruthy(
      evaluateExpression(on.match, scopeOf(run, ref, names), evaluateOptions(run, ref, event.ts)),
    );
  } catch (error) {
    const failure = { ...toFailure(error), stepId: ref.step.id };
    wake(run, path, { error: failure });
    return false;
  }
}

/** Who takes an event: the same again after a crash, another after a rewind. */
export const takerOf = (run: RunContext, path: string): string =>
  `${run.runId} ${path} ${run.ledger.epochOf(path)}`;

export function deliverEvent(run: RunContext, path: string, event: EventRow): void {
  settleDraft(run, path, run.ports.openEvent(event.data), {
    event: { name: event.name, id: event.id, ts: event.ts },
  });
  wake(run, path, {});
}

/**
 * An answer for the step at `path`. Who does not know the secrets of the run names a choice by its sealed form.
 * @throws {StepFailure} NOT_WAITING, ANSWER_INVALID
 */
export function deliverAnswer(run: RunContext, path: string, value: Json): void {
  const wait = run.waits.get(path);
  if (wait?.on.for !== 'answer')
    throw new StepFailure('NOT_WAITING', `step ${path} of run ${run.runId} does not wait for an answer`);
  const answer = openChoices(run, wait.on, value);
  checkAnswer(wait.on, answer);
  settleDraft(run, path, answer, {});
  wake(run, path, {});
}

/** Only what was offered comes back as a secret: whoever types a placeholder gets that text. */
function openChoices(
  { keys: { sealer } }: RunContext,
  { options, schema }: AnswerSuspension,
  value: Json,
): Json {
  const open = (offered: readonly Json[], given: Json): Json => {
    const text = JSON.stringify(given);
    return offered.find((each) => JSON.stringify(sealer.json(each)) === text) ?? given;
  };
  if (options !== undefined) return open(options, value);
  if (!isObject(value) || !isObject(schema.properties)) return value;
  const opened: JsonObject = { ...value };
  for (const [name, field] of Object.entries(schema.properties))
    if (isObject(field) && Array.isArray(field.enum) && opened[name] !== undefined)
      opened[name] = open(field.enum, opened[name]);
  return opened;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws {StepFailure} ANSWER_INVALID with every violation. */
export function checkAnswer({ schema }: Pick<AnswerSuspension, 'schema'>, value: Json): void {
  const problems = validateValue(schema, value);
  if (problems.length === 0) return;
  const listed = problems.map(({ path, message }) => `${path === '' ? 'it' : `"${path}"`} ${message}`);
  throw new StepFailure('ANSWER_INVALID', `that is no answer: ${listed.join('; ')}`, {
    details: { problems: problems as never },
  });
}

/** The earliest wait without an end of its own means: nothing but somebody else can move the run. */
export const waitsForOthers = (run: RunContext): boolean =>
  [...run.waits.values()].some(({ on }) => on.for !== 'time');

export const eventWaits = (run: RunContext): (Wait & { on: EventSuspension })[] =>
  [...run.waits.values()].filter((wait): wait is Wait & { on: EventSuspension } => wait.on.for === 'event');

function settleDraft(run: RunContext, path: string, output: Json, raw: JsonObject): void {
  const draft = run.drafts.get(path) ?? { attempt: 1 };
  run.drafts.set(path, { ...draft, output, ...(Object.keys(raw).length > 0 && { raw }) });
}

function wake(
  run: RunContext,
  path: string,
  change: { error?: NonNullable<ReturnType<typeof toFailure>> },
): void {
  const draft = run.drafts.get(path) ?? { output: null, attempt: 1 };
  run.drafts.set(path, { ...draft, ...change });
  tell(run.active.get(path), { type: 'WAKE' });
}
