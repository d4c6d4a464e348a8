/**
 * One step, from the moment its turn comes until it is settled: gate, wait for a slot, attempt, validate, back off, end.
 * The machine only decides what happens next; everything it does goes through named actions, guards and actors.
 */
import { assign, type PromiseActorLogic, setup } from 'xstate';
import type { FleetInput, FleetOutput } from './fleet.ts';

/** How a step ends. */
export type StepEnd = 'success' | 'failed' | 'skipped' | 'canceled';

/** What the gate found when the step's turn came; plain JSON, kept in context for `why`. */
export type GateVerdict =
  | { go: 'run' }
  /** Fan out over `size` items. */
  | { go: 'expand'; size: number }
  /** Wait for a durable timer. */
  | { go: 'sleep'; dueAt: number }
  /** Needs no attempt: a join whose result is known, an item list that is empty. */
  | { go: 'settle'; as: StepEnd; reason?: string }
  /** Settled before (a branch re-entered through history): end the same way, record nothing. */
  | { go: 'again'; as: StepEnd }
  /** The run is paused: wait here. */
  | { go: 'hold' };

export interface StepInput {
  /** Ledger path: `build`, `test[3]`, `finally/notify`. */
  path: string;
}

export interface StepContext {
  path: string;
  /** Number of the current or last attempt; 0 before the first. */
  attempt: number;
  verdict: GateVerdict;
  end: StepEnd | null;
}

export interface StepOutput {
  status: StepEnd;
}

/** What an attempt reports. Outputs and errors themselves go to the ledger and never through events. */
export type AttemptVerdict =
  | { result: 'ok' }
  | { result: 'failed'; retryable: boolean; timedOut?: boolean }
  | { result: 'canceled' };

export interface AttemptInput {
  path: string;
  attempt: number;
}

export type StepEvent =
  | { type: 'slot.granted' }
  | { type: 'timer.due'; name: StepTimer }
  | { type: 'CANCEL'; reason: string }
  | { type: 'UNPAUSE' }
  | { type: 'xstate.done.actor.attempt'; output: AttemptVerdict; actorId: string }
  | { type: 'xstate.done.actor.fleet'; output: FleetOutput; actorId: string };

export type StepTimer = 'attempt' | 'total' | 'retry' | 'sleep';

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

const attemptEnded =
  (result: AttemptVerdict['result']) =>
  ({ event }: { event: StepEvent }) =>
    event.type === 'xstate.done.actor.attempt' && event.output.result === result;

export const stepSetup = setup({
  types: {
    input: {} as StepInput,
    context: {} as StepContext,
    events: {} as StepEvent,
    output: {} as StepOutput,
    tags: {} as 'queued' | 'running' | 'retrying' | 'suspended' | 'pending',
  },
  actors: {
    attempt: {} as PromiseActorLogic<AttemptVerdict, AttemptInput>,
    fleet: {} as PromiseActorLogic<FleetOutput, FleetInput>,
  },
  actions: {
    /** Reads the ledger and decides; assigns `verdict`. */
    gate: assign({ verdict: notProvided as () => GateVerdict }),
    requestSlot: notProvided,
    withdrawSlot: notProvided,
    releaseSlot: notProvided,
    armTimer: (_, _params: { name: StepTimer }) => notProvided(),
    disarmTimer: (_, _params: { name: StepTimer }) => notProvided(),
    /** Aborts the attempt in flight; its actor still reports how it ended. */
    abortAttempt: (_, _params: { why: 'cancel' | 'timeout' | 'total-timeout' }) => notProvided(),
    /** Applies `transform` and `outputSchema` to the attempt's draft. */
    validate: notProvided,
    /** Writes the ledger and the step row. `outcome` differs from `as` only under allowFailure. */
    settle: (_, _params: { as: StepEnd }) => notProvided(),
    nextAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    endAs: assign({ end: (_, params: { as: StepEnd }) => params.as }),
  },
  guards: {
    expands: verdictIs('expand'),
    sleeps: verdictIs('sleep'),
    holds: verdictIs('hold'),
    settlesSuccess: settlesAs('success'),
    settlesFailed: settlesAs('failed'),
    settlesSkipped: settlesAs('skipped'),
    settlesCanceled: settlesAs('canceled'),
    attemptOk: attemptEnded('ok'),
    attemptCanceled: attemptEnded('canceled'),
    timedOutToSkip: notProvided as () => boolean,
    /** The step's kind runs without a slot of any pool. */
    slotless: notProvided as () => boolean,
    mustValidate: notProvided as () => boolean,
    draftValid: notProvided as () => boolean,
    shouldRetry: notProvided as () => boolean,
    failureAllowed: notProvided as () => boolean,
    itemsSucceeded: notProvided as () => boolean,
    itemsCanceled: notProvided as () => boolean,
    attemptTimer: timerIs('attempt'),
    totalTimer: timerIs('total'),
    retryTimer: timerIs('retry'),
    sleepTimer: timerIs('sleep'),
  },
});

/** How a finished attempt that was not canceled goes on. The order is the policy. */
const ATTEMPT_ENDED = [
  { guard: 'attemptOk', target: '#step.validating', description: 'the effect succeeded' },
  { guard: 'attemptCanceled', target: '#step.canceled', description: 'ended by the cancel' },
  { guard: 'shouldRetry', target: '#step.backingOff', description: 'retries left and worth it' },
  { guard: 'failureAllowed', target: '#step.success', description: 'allowFailure' },
  { guard: 'timedOutToSkip', target: '#step.skipped', description: 'onTimeout: skip' },
  { target: '#step.failed' },
] as const;

export const stepMachine = stepSetup.createMachine({
  id: 'step',
  description: 'One step from its turn to its end.',
  context: ({ input }) => ({ path: input.path, attempt: 0, verdict: { go: 'run' }, end: null }),
  initial: 'gating',
  output: ({ context }) => ({ status: context.end ?? 'failed' }),
  states: {
    gating: {
      description: 'Looks at the ledger, evaluates `if`, and runs, expands, skips or refuses.',
      tags: ['pending'],
      entry: 'gate',
      always: [
        { guard: 'settlesSuccess', target: 'success' },
        { guard: 'settlesFailed', target: 'failed' },
        { guard: 'settlesSkipped', target: 'skipped' },
        { guard: 'settlesCanceled', target: 'canceled' },
        { guard: 'holds', target: 'held' },
        { guard: 'expands', target: 'fanningOut' },
        { guard: 'sleeps', target: 'suspended' },
        { guard: 'slotless', target: 'running', actions: { type: 'armTimer', params: { name: 'total' } } },
        { target: 'queued', actions: { type: 'armTimer', params: { name: 'total' } } },
      ],
    },
    held: {
      description: 'The run is paused; the step begins when it goes on.',
      tags: ['pending'],
      on: { UNPAUSE: 'gating', CANCEL: 'gating' },
    },
    queued: {
      description: 'Waits for a slot: the concurrency of process and run, and its pool.',
      tags: ['queued'],
      entry: 'requestSlot',
      on: {
        'slot.granted': 'running',
        CANCEL: { target: 'canceled', actions: 'withdrawSlot' },
        'timer.due': {
          guard: 'totalTimer',
          target: 'failed',
          actions: ['withdrawSlot', { type: 'abortAttempt', params: { why: 'total-timeout' } }],
        },
      },
    },
    running: {
      description:
        'One attempt. Its intent is committed before the effect, its result before anything acts on it.',
      tags: ['running'],
      initial: 'executing',
      entry: ['nextAttempt', { type: 'armTimer', params: { name: 'attempt' } }],
      exit: [{ type: 'disarmTimer', params: { name: 'attempt' } }, 'releaseSlot'],
      invoke: {
        id: 'attempt',
        src: 'attempt',
        input: ({ context }) => ({ path: context.path, attempt: context.attempt }),
      },
      states: {
        executing: {
          on: {
            'xstate.done.actor.attempt': ATTEMPT_ENDED,
            CANCEL: 'canceling',
            'timer.due': [
              { guard: 'attemptTimer', target: 'expiring' },
              { guard: 'totalTimer', target: 'expiringForGood' },
            ],
          },
        },
        expiring: {
          description: 'The attempt used up its time; it is being ended.',
          entry: { type: 'abortAttempt', params: { why: 'timeout' } },
          on: {
            'xstate.done.actor.attempt': ATTEMPT_ENDED,
            CANCEL: 'canceling',
            'timer.due': { guard: 'totalTimer', target: 'expiringForGood' },
          },
        },
        expiringForGood: {
          description: 'All attempts together used up totalTimeout; there is no next one.',
          entry: { type: 'abortAttempt', params: { why: 'total-timeout' } },
          on: { 'xstate.done.actor.attempt': ATTEMPT_ENDED, CANCEL: 'canceling' },
        },
        canceling: {
          description: 'Asked to end; an effect that finished all the same counts as done.',
          entry: { type: 'abortAttempt', params: { why: 'cancel' } },
          on: {
            'xstate.done.actor.attempt': [
              { guard: 'attemptOk', target: '#step.validating' },
              { target: '#step.canceled' },
            ],
          },
        },
      },
    },
    validating: {
      description: 'transform and outputSchema over the raw result.',
      tags: ['running'],
      entry: 'validate',
      always: [
        { guard: 'draftValid', target: 'success' },
        { guard: 'shouldRetry', target: 'backingOff' },
        { guard: 'failureAllowed', target: 'success' },
        { target: 'failed' },
      ],
    },
    backingOff: {
      description: 'Waits for the retry timer; it is a row, so it survives the process.',
      tags: ['retrying'],
      entry: { type: 'armTimer', params: { name: 'retry' } },
      exit: { type: 'disarmTimer', params: { name: 'retry' } },
      on: {
        'timer.due': [
          { guard: 'retryTimer', target: 'requeueing' },
          {
            guard: 'totalTimer',
            target: 'failed',
            actions: { type: 'abortAttempt', params: { why: 'total-timeout' } },
          },
        ],
        CANCEL: 'canceled',
      },
    },
    requeueing: {
      description: 'The next attempt needs a slot like the first.',
      tags: ['retrying'],
      always: [{ guard: 'slotless', target: 'running' }, { target: 'queued' }],
    },
    suspended: {
      description: 'Waits for a durable timer, holding no slot.',
      tags: ['suspended'],
      entry: { type: 'armTimer', params: { name: 'sleep' } },
      exit: { type: 'disarmTimer', params: { name: 'sleep' } },
      on: {
        'timer.due': { guard: 'sleepTimer', target: 'success' },
        CANCEL: 'canceled',
      },
    },
    fanningOut: {
      description: 'foreach and matrix: a fleet of item steps.',
      tags: ['running'],
      invoke: {
        id: 'fleet',
        src: 'fleet',
        input: ({ context }) => ({ path: context.path }),
      },
      on: {
        'xstate.done.actor.fleet': [
          { guard: 'itemsSucceeded', target: 'validating' },
          { guard: 'itemsCanceled', target: 'canceled' },
          { guard: 'failureAllowed', target: 'success' },
          { target: 'failed' },
        ],
      },
    },
    success: {
      type: 'final',
      entry: [
        { type: 'endAs', params: { as: 'success' } },
        { type: 'settle', params: { as: 'success' } },
      ],
    },
    failed: {
      type: 'final',
      entry: [
        { type: 'endAs', params: { as: 'failed' } },
        { type: 'settle', params: { as: 'failed' } },
      ],
    },
    skipped: {
      type: 'final',
      entry: [
        { type: 'endAs', params: { as: 'skipped' } },
        { type: 'settle', params: { as: 'skipped' } },
      ],
    },
    canceled: {
      type: 'final',
      entry: [
        { type: 'endAs', params: { as: 'canceled' } },
        { type: 'settle', params: { as: 'canceled' } },
      ],
    },
  },
});
