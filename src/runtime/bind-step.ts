/** Gives the step machine its hands: every named action, guard and actor bound to one run. */

import { type AnyActor, type AnyActorLogic, assign, type EventObject, fromCallback } from 'xstate';
import { evaluateExpression, isTruthy } from '#compiler';
import { type AttemptInput, createFleetMachine, stepMachine } from '#machines';
import type { Suspension } from '../steps/define.ts';
import { abandonAttempt, runAttempt } from './attempt.ts';
import { computeBackoffDelayMs } from './backoff.ts';
import { bindCompensation } from './bind-compensation.ts';
import { dedupe } from './dedup.ts';
import { awaitKey, keyAwaited } from './effects.ts';
import { gatherLines, windowOf } from './fan-outs.ts';
import { ItemFrontier } from './frontiers.ts';
import { decideGate, toFailure } from './gate.ts';
import { goBack, goesBack } from './go-back.ts';
import { isFanOut } from './items.ts';
import { isQuiet } from './quiet.ts';
import { endFlight, type RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import { settleStep, validateDraft } from './settle.ts';
import type { StepRef } from './step-path.ts';
import { armAttemptTimer, giveSlotBack, requestSlot } from './step-slots.ts';
import { holdOthers, releaseOthers, undone } from './unwind-step.ts';
import { beginWait, endWait, waitedInVain } from './waits.ts';

const STEP_TIMERS = ['total'] as const;

export function bindStep(run: RunContext): AnyActorLogic {
  const plain = stepMachine.provide({
    actors: {
      attempt: attemptActor(run),
      dedupe: dedupeActor(run),
      gather: gatherActor(run),
      fleet: createFleetMachine((path) => itemFrontier(run, path), {
        get step() {
          return bound;
        },
      }) as never,
    },
    actions: {
      gate: assign({
        verdict: ({ context, self }) => {
          run.active.set(context.path, self as AnyActor);
          return decideGate(run, context.path);
        },
      }),
      requestSlot: ({ context, self }) => requestSlot(run, self as AnyActor, context.path),
      withdrawSlot: ({ context }) => giveSlotBack(run, context.path),
      releaseSlot: ({ context }) => {
        run.flights.delete(context.path);
        giveSlotBack(run, context.path);
      },
      armTimer: ({ context, self }, { name }) => armStepTimer(run, self as AnyActor, context, name),
      disarmTimer: ({ self }, { name }) => run.timers.disarm(self as AnyActor, name),
      beginWait: ({ context, self }) => {
        if (context.verdict.go === 'suspend')
          beginWait(run, self as AnyActor, context.path, context.verdict.on as Suspension);
      },
      endWait: ({ context, self }) => endWait(run, self as AnyActor, context.path),
      awaitKey: ({ context }) => awaitKey(run, context.path, context.attempt),
      keyAwaited: ({ context }) => keyAwaited(run, context.path),
      waitedInVain: ({ context }) => waitedInVain(run, context.path),
      holdOthers: () => holdOthers(run),
      releaseOthers: () => releaseOthers(run),
      undone: ({ context, event }) =>
        event.type === 'xstate.done.actor.compensation' && undone(run, context.path, event.output),
      goBack: ({ context, self }) => {
        const ref = run.index.at(context.path);
        run.timers.disarmAll(self as AnyActor, STEP_TIMERS);
        goBack(run, ref, run.drafts.get(context.path)?.output ?? null);
      },
      abortAttempt: ({ context }, { why }) => abortAttempt(run, context, why),
      validate: ({ context }) => validateDraft(run, context.path),
      settle: ({ context, self }, { as }) => {
        run.timers.disarmAll(self as AnyActor, STEP_TIMERS);
        settleStep(run, context.path, as);
      },
    },
    guards: {
      isHeld: ({ context }) => run.ledger.mode(run.index.at(context.path).block).mode === 'held',
      slotless: ({ context }) => run.kinds.get(run.index.at(context.path).step.kind)?.takesSlot === false,
      othersQuiet: ({ context }) => isQuiet(run, context.path),
      goesBack: ({ context }) => goesBack(run, context.path),
      mustValidate: ({ context }) => mustValidate(run.index.at(context.path)),
      draftValid: ({ context }) => run.drafts.get(context.path)?.error === undefined,
      shouldRetry: ({ context }) => shouldRetry(run, context.path, context.attempt),
      failureAllowed: ({ context }) => run.index.at(context.path).step.allowFailure,
      timedOutToSkip: ({ context }) => skipsOnTimeout(run, context.path),
      itemsSucceeded: ({ context }) => itemsEndedAs(run, context.path, 'success'),
      itemsCanceled: ({ context }) => itemsEndedAs(run, context.path, 'canceled'),
    },
  });
  // An undo undoes nothing itself, so its step needs no compensation of its own.
  const compensation = bindCompensation(run, plain as AnyActorLogic);
  const bound = plain.provide({ actors: { compensation: compensation as never } }) as AnyActorLogic;
  return bound;
}

const attemptActor = (run: RunContext) =>
  fromCallback<EventObject, AttemptInput>(({ input, sendBack }) => {
    runAttempt(run, input).then(
      (verdict) => sendBack({ type: 'attempt.ended', verdict }),
      // A bug: no state expects it, so the machine ends with this error.
      (error: unknown) => sendBack({ type: 'xstate.error.actor.attempt', error }),
    );
    return () => abandonAttempt(run, input);
  });

const dedupeActor = (run: RunContext) =>
  fromCallback<EventObject, AttemptInput>(({ input, sendBack }) => {
    const look = { over: false };
    dedupe(run, input, look).then(
      (verdict) => sendBack({ type: 'dedup.decided', verdict }),
      (error: unknown) => sendBack({ type: 'xstate.error.actor.dedupe', error }),
    );
    return () => {
      look.over = true;
    };
  });

const gatherActor = (run: RunContext) =>
  fromCallback<EventObject, AttemptInput>(({ input: { path }, sendBack }) => {
    gatherLines(run, path).then(
      (gathered) => sendBack({ type: 'items.gathered', gathered }),
      (error: unknown) => sendBack({ type: 'xstate.error.actor.gather', error }),
    );
    return () => run.flights.get(path)?.controller.abort(new Error('nobody wants its items any more'));
  });

const mustValidate = ({ step }: StepRef): boolean =>
  step.transform !== undefined || step.outputSchema !== undefined;

function itemFrontier(run: RunContext, path: string): ItemFrontier {
  const window = windowOf(run, run.index.at(path));
  return new ItemFrontier(path, run.itemsOf(path).length, window, (item) => run.ledger.has(item));
}

function armStepTimer(
  run: RunContext,
  actor: AnyActor,
  context: { path: string; attempt: number },
  name: 'attempt' | 'total' | 'retry',
): void {
  const step = context.path;
  const ref = run.index.at(step);
  const now = run.clock.now();
  switch (name) {
    case 'attempt':
      armAttemptTimer(run, actor, step);
      return;
    case 'total':
      if (ref.step.totalTimeoutMs !== undefined)
        run.timers.arm({ actor, name, step, dueAt: now + ref.step.totalTimeoutMs, policy: 'elapsed' });
      return;
    case 'retry':
      armRetry(run, actor, ref, context.attempt);
      return;
    default:
      name satisfies never;
  }
}

function armRetry(run: RunContext, actor: AnyActor, ref: StepRef, attempt: number): void {
  const retry = ref.step.retry;
  if (retry === undefined) return;
  const draft = run.drafts.get(ref.path);
  const dueAt =
    run.clock.now() + computeBackoffDelayMs(retry, attempt, Math.random(), draft?.error?.retryAfterMs);
  run.timers.arm({ actor, name: 'retry', step: ref.path, dueAt, policy: 'elapsed' });
  run.recorder.step({
    path: ref.path,
    epoch: run.ledger.epochOf(ref.path),
    attempt,
    kind: ref.step.kind,
    status: 'retrying',
    outcome: 'failed',
    finishedAt: run.clock.now(),
    ...(draft?.startedAt !== undefined && { startedAt: draft.startedAt }),
    ...(draft?.error && { error: draft.error }),
    ...(draft?.raw && { raw: draft.raw }),
  });
  run.recorder.emit({
    type: 'step.retrying',
    step: ref.step.id,
    path: ref.path,
    attempt,
    dueAt,
    ...(draft?.error && { error: draft.error }),
  });
}

/** The attempt's own error becomes its draft; a step that waits without an attempt gets the time-out as its error. */
function abortAttempt(
  run: RunContext,
  context: { path: string },
  why: 'cancel' | 'timeout' | 'total-timeout',
): void {
  const flight = run.flights.get(context.path);
  if (flight !== undefined) {
    endFlight(flight, why);
    return;
  }
  const { step } = run.index.at(context.path);
  const error = {
    code: 'TOTAL_TIMEOUT',
    message: `all attempts together took longer than ${step.totalTimeoutMs} ms`,
    retryable: false,
    stepId: step.id,
  };
  run.drafts.set(context.path, { ...(run.drafts.get(context.path) ?? { output: null, attempt: 0 }), error });
}

function shouldRetry(run: RunContext, path: string, attempt: number): boolean {
  const ref = run.index.at(path);
  const { retry } = ref.step;
  const error = run.drafts.get(path)?.error;
  if (retry === undefined || error === undefined || attempt > retry.count || isFanOut(ref)) return false;
  // What makes no attempt cannot make another.
  if (run.kinds.get(ref.step.kind)?.run === undefined) return false;
  if (error.code === 'TOTAL_TIMEOUT' || run.drafts.get(path)?.reusedFrom !== undefined) return false;
  if (retry.on === undefined) return error.retryable;
  try {
    const scope = scopeOf(run, ref, { error });
    return isTruthy(evaluateExpression(retry.on, scope, evaluateOptions(run, ref, run.startedAt)));
  } catch (failure) {
    error.details = { ...(error.details as object), retryOn: toFailure(failure).message };
    return false;
  }
}

function skipsOnTimeout(run: RunContext, path: string): boolean {
  const draft = run.drafts.get(path);
  const timedOut = draft?.error?.code === 'TIMEOUT' || draft?.error?.code === 'TOTAL_TIMEOUT';
  if (!timedOut || run.index.at(path).step.onTimeout !== 'skip' || draft === undefined) return false;
  draft.reason = `timed out: ${draft.error?.message} (onTimeout: skip)`;
  return true;
}

function itemsEndedAs(run: RunContext, path: string, wanted: 'success' | 'canceled'): boolean {
  let canceled = false;
  let unfinished = false;
  for (let index = 0; index < run.itemsOf(path).length; index++) {
    const status = run.ledger.get(`${path}[${index}]`)?.status;
    if (status === 'failed') return false;
    if (status === 'canceled') canceled = true;
    if (status === undefined) unfinished = true;
  }
  return wanted === 'success' ? !canceled && !unfinished : canceled || unfinished;
}
