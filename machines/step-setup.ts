/** What the step machine is made of: its context and events, and the names the runtime gives hands to. */
import { assign, type CallbackActorLogic, type EventObject, type PromiseActorLogic, setup } from 'xstate';
import type { CompensationInput, CompensationOutput } from './compensation.ts';
import type { FleetInput, FleetOutput } from './fleet.ts';

/** How a step ends. */
export type StepEnd = 'success' | 'failed' | 'skipped' | 'canceled';

/** What the gate found when the step's turn came; plain JSON, kept in context for `why`. */
export type GateVerdict =
  | { go: 'run' }
  /** The same, for a step with a key or a memo: its result may be there already. */
  | { go: 'dedupe' }
  /** Fan out over `size` items. */
  | { go: 'expand'; size: number }
  /** The same, once what the items are made of has been kept. */
  | { go: 'gather' }
  /** Wait for a time, an event or an answer; `on` is the step kind's own account of it. */
  | { go: 'suspend'; on: object }
  /** Undo what was done: `workflow`, or the ledger path of one step. */
  | { go: 'unwind'; scope: string }
  /** Needs no attempt: a join whose result is known, an item list that is empty. */
  | { go: 'settle'; as: StepEnd; reason?: string }
  /** Settled before (a branch re-entered through history): end the same way, record nothing. */
  | { go: 'again'; as: StepEnd }
  /** The run is paused: wait here. */
  | { go: 'hold' }
  /** The attempt that was sent back has not ended yet: ask again when it has. */
  | { go: 'follow' };

export interface StepInput {
  /** Ledger path: `build`, `test[3]`, `finally/notify`. */
  path: string;
}

export interface StepContext {
  path: string;
  /** Number of the current attempt, or of the next one; from 1. */
  attempt: number;
  verdict: GateVerdict;
}

export interface StepOutput {
  /** `sentBack`: it has not settled; the run goes back to an earlier step. */
  status: StepEnd | 'sentBack';
}

/** What an attempt reports. Outputs and errors themselves go to the ledger and never through events. */
export type AttemptVerdict =
  | { result: 'ok' }
  | { result: 'failed'; retryable: boolean; timedOut?: boolean }
  | { result: 'canceled' };

/** What is known of the effect a step is about to have. The result itself goes to the runtime's drafts. */
export type DedupVerdict =
  /** Nobody had it; the key, if there is one, is this step's now. */
  | { found: 'nothing' }
  /** Its result. */
  | { found: 'result' }
  /** Another step is having it, for whose end this one waits. */
  | { found: 'in-flight' }
  /** No key, the key of something else, or another step's that this one does not wait for. */
  | { found: 'trouble' };

export interface AttemptInput {
  path: string;
  attempt: number;
}

export type StepEvent =
  | { type: 'slot.granted' }
  | { type: 'timer.due'; name: StepTimer }
  /** What a suspended step waits for has come; the runtime holds it ready. */
  | { type: 'WAKE' }
  | { type: 'CANCEL'; reason: string }
  | { type: 'PAUSE' }
  | { type: 'UNPAUSE' }
  | { type: 'attempt.ended'; verdict: AttemptVerdict }
  | { type: 'dedup.decided'; verdict: DedupVerdict }
  /** What the items are made of is kept, or cannot be had. */
  | { type: 'items.gathered'; gathered: 'items' | 'failure' }
  /** The key a step waits for may be free, or its result there. */
  | { type: 'key.changed' }
  /** Nothing else of the run is in the middle of something. */
  | { type: 'quiet' }
  /** What was left of the step's former turn has ended. */
  | { type: 'former.ended' }
  | { type: 'xstate.done.actor.compensation'; output: CompensationOutput; actorId: string }
  | { type: 'xstate.done.actor.fleet'; output: FleetOutput; actorId: string };

export type StepTimer = 'attempt' | 'total' | 'retry' | 'wait';

const notProvided = (): never => {
  throw new Error('provided by the runtime');
};

const verdictIs =
  <Go extends GateVerdict['go']>(go: Go) =>
  ({ context }: { context: StepContext }): boolean =>
    context.verdict.go === go;

const settlesAs =
  (end: StepEnd) =>
  ({ context: { verdict } }: { context: StepContext }): boolean =>
    (verdict.go === 'settle' || verdict.go === 'again') && verdict.as === end;

const timerIs =
  (name: StepTimer) =>
  ({ event }: { event: StepEvent }): boolean =>
    event.type === 'timer.due' && event.name === name;

const dedupFound =
  (found: DedupVerdict['found']) =>
  ({ event }: { event: StepEvent }): boolean =>
    event.type === 'dedup.decided' && event.verdict.found === found;

const attemptEnded =
  (result: AttemptVerdict['result']) =>
  ({ event }: { event: StepEvent }) =>
    event.type === 'attempt.ended' && event.verdict.result === result;

export const stepSetup = setup({
  types: {
    input: {} as StepInput,
    context: {} as StepContext,
    events: {} as StepEvent,
    output: {} as StepOutput,
    tags: {} as 'queued' | 'running' | 'retrying' | 'suspended' | 'pending',
  },
  actors: {
    /** Reports by `attempt.ended`. */
    attempt: {} as CallbackActorLogic<EventObject, AttemptInput>,
    /** Looks for the result of the step's effect, and claims its key. Reports by `dedup.decided`. */
    dedupe: {} as CallbackActorLogic<EventObject, AttemptInput>,
    /** Keeps what the items are made of. Reports by `items.gathered`. */
    gather: {} as CallbackActorLogic<EventObject, AttemptInput>,
    fleet: {} as PromiseActorLogic<FleetOutput, FleetInput>,
    compensation: {} as PromiseActorLogic<CompensationOutput, CompensationInput>,
  },
  actions: {
    /** Reads the ledger and decides; assigns `verdict`. */
    gate: assign({ verdict: notProvided as () => GateVerdict }),
    requestSlot: notProvided,
    withdrawSlot: notProvided,
    releaseSlot: notProvided,
    armTimer: (_, _params: { name: Exclude<StepTimer, 'wait'> }) => notProvided(),
    disarmTimer: (_, _params: { name: StepTimer }) => notProvided(),
    /** Aborts the attempt in flight; its actor still reports how it ended. */
    abortAttempt: (_, _params: { why: 'cancel' | 'timeout' | 'total-timeout' }) => notProvided(),
    /** Writes down what the step waits for and arms its timer, if it has one. */
    beginWait: notProvided,
    endWait: notProvided,
    /** Writes down whose key the step waits for, so that the end of that step is noticed. */
    awaitKey: notProvided,
    keyAwaited: notProvided,
    /** Nothing came in time: the default, or a failure. */
    waitedInVain: notProvided,
    /** Nothing else of the run begins until `releaseOthers`. */
    holdOthers: notProvided,
    releaseOthers: notProvided,
    /** What the undoing came to is the step's result. */
    undone: notProvided,
    /** The named step and all that depend on it, this one too, begin anew. */
    goBack: notProvided,
    /** Applies `transform` and `outputSchema` to the attempt's draft. */
    validate: notProvided,
    /** Writes the ledger and the step row. `outcome` differs from `as` only under allowFailure. */
    settle: (_, _params: { as: StepEnd }) => notProvided(),
    nextAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
  },
  guards: {
    expands: verdictIs('expand'),
    gathers: verdictIs('gather'),
    gatheredItems: ({ event }) => event.type === 'items.gathered' && event.gathered === 'items',
    suspends: verdictIs('suspend'),
    unwinds: verdictIs('unwind'),
    unwindsAll: ({ context: { verdict } }) => verdict.go === 'unwind' && verdict.scope === 'workflow',
    othersQuiet: notProvided as () => boolean,
    holds: verdictIs('hold'),
    follows: verdictIs('follow'),
    dedupes: verdictIs('dedupe'),
    foundNothing: dedupFound('nothing'),
    foundResult: dedupFound('result'),
    foundInFlight: dedupFound('in-flight'),
    settlesSuccess: settlesAs('success'),
    settlesFailed: settlesAs('failed'),
    settlesSkipped: settlesAs('skipped'),
    settlesCanceled: settlesAs('canceled'),
    attemptOk: attemptEnded('ok'),
    attemptCanceled: attemptEnded('canceled'),
    timedOutToSkip: notProvided as () => boolean,
    /** The run is paused or about to be. */
    isHeld: notProvided as () => boolean,
    hasAttempted: ({ context }) => context.attempt > 1,
    /** The step's kind runs without a slot of any pool. */
    slotless: notProvided as () => boolean,
    /** What was answered, or undone, sends the run back. */
    goesBack: notProvided as () => boolean,
    /** The step has a `transform` or an `outputSchema`. */
    mustValidate: notProvided as () => boolean,
    draftValid: notProvided as () => boolean,
    shouldRetry: notProvided as () => boolean,
    failureAllowed: notProvided as () => boolean,
    itemsSucceeded: notProvided as () => boolean,
    itemsCanceled: notProvided as () => boolean,
    attemptTimer: timerIs('attempt'),
    totalTimer: timerIs('total'),
    retryTimer: timerIs('retry'),
    waitTimer: timerIs('wait'),
  },
});
