/**
 * One step, from the moment its turn comes until it is settled: gate, look for a result, wait for a slot, attempt, validate, back off, end.
 * The machine only decides what happens next; everything it does goes through named actions, guards and actors.
 */
import { and } from 'xstate';
import { type StepEnd, type StepOutput, stepSetup } from './step-setup.ts';

/** How a finished attempt that was not canceled goes on. The order is the policy. */
const ATTEMPT_ENDED = [
  {
    guard: and(['attemptOk', 'mustValidate']),
    target: '#step.validating',
    description: 'the effect succeeded',
  },
  { guard: 'attemptOk', target: '#step.success', description: 'the effect succeeded' },
  { guard: 'attemptCanceled', target: '#step.canceled', description: 'ended by the cancel' },
  { guard: 'shouldRetry', target: '#step.backingOff', description: 'retries left and worth it' },
  { guard: 'timedOutToSkip', target: '#step.skipped', description: 'onTimeout: skip' },
  { guard: 'failureAllowed', target: '#step.success', description: 'allowFailure' },
  { target: '#step.failed' },
] as const;

const ended = <End extends StepEnd>(as: End) =>
  ({
    type: 'final',
    entry: { type: 'settle', params: { as } },
    output: { status: as },
  }) as const;

export const stepMachine = stepSetup.createMachine({
  id: 'step',
  description: 'One step from its turn to its end.',
  context: ({ input }) => ({ path: input.path, attempt: 1, verdict: { go: 'run' } }),
  initial: 'gating',
  // Its event is the end of the final state, with that state's output.
  output: ({ event }) => (event as { output: StepOutput }).output,
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
        { guard: 'follows', target: 'following' },
        { guard: 'expands', target: 'fanningOut' },
        { guard: 'gathers', target: 'gathering' },
        { guard: 'suspends', target: 'suspended' },
        { guard: 'unwindsAll', target: 'holding' },
        { guard: 'unwinds', target: 'unwinding' },
        {
          guard: 'dedupes',
          target: 'deduping',
          actions: { type: 'armTimer', params: { name: 'total' } },
        },
        { guard: 'slotless', target: 'running', actions: { type: 'armTimer', params: { name: 'total' } } },
        { target: 'queued', actions: { type: 'armTimer', params: { name: 'total' } } },
      ],
    },
    held: {
      description: 'The run is paused; the step begins, or tries again, when it goes on.',
      tags: ['pending'],
      on: {
        UNPAUSE: [{ guard: 'hasAttempted', target: 'requeueing' }, { target: 'gating' }],
        CANCEL: 'canceled',
        'timer.due': { guard: 'totalTimer', target: 'expired' },
      },
    },
    following: {
      description:
        'The run went back while the step ran: its command, which keeps its slot, has not ended yet.',
      tags: ['pending'],
      on: { 'former.ended': 'gating' },
    },
    deduping: {
      description: 'A step with a key or a memo: its effect may have been had, or be going on elsewhere.',
      initial: 'claiming',
      on: {
        CANCEL: 'canceled',
        PAUSE: 'held',
        'timer.due': { guard: 'totalTimer', target: 'expired' },
      },
      states: {
        claiming: {
          description: 'Looks for a result and claims the key, in one transaction of the store.',
          tags: ['pending'],
          invoke: {
            id: 'dedupe',
            src: 'dedupe',
            input: ({ context }) => ({ path: context.path, attempt: context.attempt }),
          },
          on: {
            'dedup.decided': [
              { guard: and(['foundNothing', 'slotless']), target: '#step.running' },
              { guard: 'foundNothing', target: '#step.queued' },
              { guard: and(['foundResult', 'mustValidate']), target: '#step.validating' },
              { guard: 'foundResult', target: '#step.success' },
              { guard: 'foundInFlight', target: 'awaiting' },
              { guard: 'shouldRetry', target: '#step.backingOff' },
              { guard: 'failureAllowed', target: '#step.success' },
              { target: '#step.failed' },
            ],
          },
        },
        awaiting: {
          description: 'Another step is having the effect; this one asks again when that step has ended.',
          tags: ['suspended'],
          entry: 'awaitKey',
          exit: 'keyAwaited',
          on: { 'key.changed': 'claiming' },
        },
      },
    },
    queued: {
      description: 'Waits for a slot: the concurrency of process and run, and its pool.',
      tags: ['queued'],
      entry: 'requestSlot',
      on: {
        'slot.granted': 'running',
        CANCEL: { target: 'canceled', actions: 'withdrawSlot' },
        PAUSE: { target: 'held', actions: 'withdrawSlot' },
        'timer.due': { guard: 'totalTimer', target: 'expired', actions: 'withdrawSlot' },
      },
    },
    running: {
      description:
        'One attempt. Its intent is committed before the effect, its result before anything acts on it.',
      tags: ['running'],
      initial: 'executing',
      entry: { type: 'armTimer', params: { name: 'attempt' } },
      exit: [{ type: 'disarmTimer', params: { name: 'attempt' } }, 'releaseSlot'],
      invoke: {
        id: 'attempt',
        src: 'attempt',
        input: ({ context }) => ({ path: context.path, attempt: context.attempt }),
      },
      states: {
        executing: {
          on: {
            'attempt.ended': ATTEMPT_ENDED,
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
            'attempt.ended': ATTEMPT_ENDED,
            CANCEL: 'canceling',
            'timer.due': { guard: 'totalTimer', target: 'expiringForGood' },
          },
        },
        expiringForGood: {
          description: 'All attempts together used up totalTimeout; there is no next one.',
          entry: { type: 'abortAttempt', params: { why: 'total-timeout' } },
          on: { 'attempt.ended': ATTEMPT_ENDED, CANCEL: 'canceling' },
        },
        canceling: {
          description: 'Asked to end; an effect that finished all the same counts as done.',
          entry: { type: 'abortAttempt', params: { why: 'cancel' } },
          on: {
            'attempt.ended': [
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
          { guard: 'retryTimer', target: 'requeueing', actions: 'nextAttempt' },
          { guard: 'totalTimer', target: 'expired' },
        ],
        CANCEL: 'canceled',
      },
    },
    expired: {
      description: 'totalTimeout is used up while no attempt runs.',
      tags: ['pending'],
      entry: { type: 'abortAttempt', params: { why: 'total-timeout' } },
      always: [
        { guard: 'timedOutToSkip', target: 'skipped' },
        { guard: 'failureAllowed', target: 'success' },
        { target: 'failed' },
      ],
    },
    requeueing: {
      description: 'The next attempt needs a slot like the first.',
      tags: ['retrying'],
      always: [
        { guard: 'isHeld', target: 'held' },
        { guard: 'dedupes', target: 'deduping' },
        { guard: 'slotless', target: 'running' },
        { target: 'queued' },
      ],
    },
    suspended: {
      description: 'Waits for a time, an event or an answer, holding no slot.',
      tags: ['suspended'],
      entry: 'beginWait',
      on: {
        WAKE: { target: 'woken', actions: 'endWait' },
        'timer.due': { guard: 'waitTimer', target: 'woken', actions: ['waitedInVain', 'endWait'] },
        CANCEL: { target: 'canceled', actions: 'endWait' },
      },
    },
    woken: {
      description: 'What it waited for has come, its time is up, or what was to be undone is.',
      tags: ['pending'],
      always: [
        { guard: 'goesBack', target: 'sentBack' },
        { guard: and(['draftValid', 'mustValidate']), target: 'validating' },
        { guard: 'draftValid', target: 'success' },
        { guard: 'timedOutToSkip', target: 'skipped' },
        { guard: 'failureAllowed', target: 'success' },
        { target: 'failed' },
      ],
    },
    holding: {
      description: 'All is to be undone: what runs in other branches may end first, nothing begins.',
      tags: ['running'],
      entry: 'holdOthers',
      always: { guard: 'othersQuiet', target: 'unwinding' },
      on: {
        quiet: { guard: 'othersQuiet', target: 'unwinding' },
        CANCEL: { target: 'canceled', actions: 'releaseOthers' },
      },
    },
    unwinding: {
      description: 'Undoes, last completed first; no cancel ends it.',
      tags: ['running'],
      invoke: {
        id: 'compensation',
        src: 'compensation',
        input: ({ context: { verdict } }) => ({
          scope: verdict.go === 'unwind' ? verdict.scope : 'workflow',
        }),
      },
      on: {
        'xstate.done.actor.compensation': { target: 'woken', actions: ['undone', 'releaseOthers'] },
      },
    },
    gathering: {
      description:
        'foreach over the lines of a file: its content is kept, so that an item stays the same line.',
      tags: ['running'],
      invoke: {
        id: 'gather',
        src: 'gather',
        input: ({ context }) => ({ path: context.path, attempt: context.attempt }),
      },
      on: {
        'items.gathered': [
          { guard: 'gatheredItems', target: 'fanningOut' },
          { guard: 'failureAllowed', target: 'success' },
          { target: 'failed' },
        ],
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
    sentBack: {
      type: 'final',
      description: 'The run goes back; this step waits for its next turn.',
      entry: 'goBack',
      output: { status: 'sentBack' },
    },
    success: ended('success'),
    failed: ended('failed'),
    skipped: ended('skipped'),
    canceled: ended('canceled'),
  },
});
