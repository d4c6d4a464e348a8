/**
 * The life of a run around its compiled body: work, recover, unwind, finalize, conclude. The body never decides success;
 * when it has settled, this machine reads the ledger through guards. A pause and an undoing of one step leave `going` and come
 * back through its history, while the body stands. What was begun to clean up is not canceled by the cancel that began it.
 */
import { runSetup } from './run-setup.ts';

/** Whether the run is paused afterwards is kept in `aside`. */
const ROLL_BACK = {
  target: 'holding',
  actions: [{ type: 'beginAside', params: { paused: false } }, 'holdSteps'],
} as const;
const ROLL_BACK_PAUSED = {
  target: 'holding',
  actions: { type: 'beginAside', params: { paused: true } },
} as const;

/** To where it was. */
const GO_ON = { target: 'going.resume-point', actions: 'releaseSteps' } as const;

export const runMachine = runSetup.createMachine({
  id: 'run',
  description: 'One run of a workflow.',
  context: ({ input }) => ({
    runId: input.runId,
    cancelReason: null,
    lastCancelReason: null,
    undoesLate: false,
    expired: false,
    firstFailed: null,
    lastFailed: null,
    end: null,
    undoing: input.undoing ?? null,
    aside: null,
  }),
  initial: 'beginning',
  output: ({ context }) => ({ status: context.end ?? 'failed' }),
  states: {
    beginning: {
      always: [
        { guard: 'onlyUndoes', target: 'unwinding' },
        { guard: 'mustQueue', target: 'queued' },
        { target: 'working' },
      ],
    },
    queued: {
      description: 'Other runs of the workflow have not ended (on_overlap); nothing of this one has begun.',
      tags: ['queued'],
      initial: 'waiting',
      on: {
        CANCEL: { target: 'concluding', actions: 'rememberCancel' },
        'turn.refused': { target: 'concluding', actions: 'refuseTurn' },
      },
      states: {
        waiting: {
          on: {
            PAUSE: 'paused',
            'turn.come': { target: '#run.working', actions: 'beginNow' },
          },
        },
        paused: {
          description: 'It keeps its place, and does not begin when its turn has come.',
          tags: ['paused'],
          on: { UNPAUSE: 'waiting' },
        },
      },
    },
    working: {
      description: 'The compiled steps.',
      initial: 'going',
      entry: 'armRunTimeout',
      exit: 'disarmRunTimeout',
      invoke: { id: 'body', src: 'body', onDone: 'recoverOrUnwind' },
      on: {
        CANCEL: {
          target: '.canceling',
          actions: [
            'rememberCancel',
            { type: 'cancelSteps', params: ({ event }) => ({ reason: event.reason }) },
          ],
        },
        'timer.due': { target: '.canceling', actions: ['rememberExpiry', 'expireRun'] },
        'step.failed': { actions: 'rememberFailure' },
      },
      states: {
        going: {
          description: 'Steps begin and end as the author ordered them.',
          initial: 'running',
          on: { PAUSE: { target: 'pausing', actions: 'holdSteps' }, ROLLBACK: ROLL_BACK },
          states: {
            running: {
              always: { guard: 'hasFailed', target: 'failing' },
              on: {
                'step.failed': { target: 'failing', actions: ['rememberFailure', 'stopAfterFailure'] },
              },
            },
            failing: {
              description:
                'A step failed for good: what begins from now on, and whether what runs may end, `on_failure` says.',
            },
            'resume-point': {
              type: 'history',
              history: 'deep',
              description: 'Where the run was when it was paused, or when a step of it was to be undone.',
            },
          },
        },
        pausing: {
          description: 'Attempts in flight end; nothing new begins.',
          always: { guard: 'isQuiet', target: 'paused' },
          on: {
            quiet: { guard: 'isQuiet', target: 'paused' },
            UNPAUSE: GO_ON,
            ROLLBACK: ROLL_BACK_PAUSED,
            'step.failed': { actions: ['rememberFailure', 'stopAfterFailure'] },
          },
        },
        paused: {
          description: 'Steps that sleep or back off keep their timers, all others are held at their gates.',
          tags: ['paused'],
          on: { UNPAUSE: GO_ON, ROLLBACK: ROLL_BACK_PAUSED },
        },
        holding: {
          description: 'A part of the run is to be undone: attempts in flight end, nothing new begins.',
          always: { guard: 'isQuiet', target: 'undoing' },
          on: {
            quiet: { guard: 'isQuiet', target: 'undoing' },
            'xstate.done.actor.body': {
              target: 'undoing',
              actions: { type: 'changeAside', params: { ended: true } },
            },
            PAUSE: { actions: { type: 'changeAside', params: { pause: true } } },
            UNPAUSE: { actions: { type: 'changeAside', params: { pause: false } } },
          },
        },
        undoing: {
          description: 'Undoes the part, last completed first; what comes meanwhile happens afterwards.',
          invoke: {
            id: 'compensation',
            src: 'compensation',
            input: ({ context }) => ({ scope: context.aside?.scope ?? 'workflow' }),
            onDone: 'undone',
          },
          on: {
            PAUSE: { actions: { type: 'changeAside', params: { pause: true } } },
            UNPAUSE: { actions: { type: 'changeAside', params: { pause: false } } },
            CANCEL: {
              actions: { type: 'changeAside', params: ({ event }) => ({ cancel: event.reason }) },
            },
            'timer.due': { actions: { type: 'changeAside', params: { expired: true } } },
            'xstate.done.actor.body': { actions: { type: 'changeAside', params: { ended: true } } },
          },
        },
        undone: {
          always: [
            {
              guard: 'canceledMeanwhile',
              target: 'canceling',
              actions: [
                'cancelAfterUndoing',
                {
                  type: 'cancelSteps',
                  params: ({ context }) => ({ reason: context.cancelReason ?? 'canceled' }),
                },
              ],
            },
            { guard: 'expiredMeanwhile', target: 'canceling', actions: ['rememberExpiry', 'expireRun'] },
            { guard: 'endedMeanwhile', target: '#run.recoverOrUnwind', actions: 'endAside' },
            { guard: 'pausedMeanwhile', target: 'paused', actions: 'endAside' },
            { target: 'going.resume-point', actions: ['endAside', 'releaseSteps'] },
          ],
        },
        canceling: {
          description: 'Active steps are ending; every other one settles as canceled, so the body completes.',
          tags: ['canceling'],
          always: { guard: 'endedMeanwhile', target: '#run.recoverOrUnwind', actions: 'endAside' },
          on: { CANCEL: {}, 'timer.due': {} },
        },
      },
    },
    recoverOrUnwind: {
      description:
        'All has settled. Outputs are evaluated and checked: what is wrong with them is a failure like that of a step.',
      entry: 'evaluateOutputs',
      always: [
        { guard: 'mustRecover', target: 'recovering' },
        { guard: 'mustUnwind', target: 'unwinding' },
        { guard: 'mustFinalize', target: 'finalizing' },
        { target: 'concluding' },
      ],
    },
    recovering: {
      description: 'The errors block; the run stays failed whatever happens here.',
      entry: { type: 'openBlock', params: { block: 'errors' } },
      invoke: { id: 'errorsBody', src: 'errorsBody', onDone: 'unwindOrFinalize' },
      on: {
        CANCEL: {
          actions: [
            'rememberCancel',
            { type: 'cancelSteps', params: ({ event }) => ({ reason: event.reason }) },
          ],
        },
      },
    },
    unwindOrFinalize: {
      always: [
        { guard: 'mustUnwind', target: 'unwinding' },
        { guard: 'mustFinalize', target: 'finalizing' },
        { target: 'concluding' },
      ],
    },
    unwinding: {
      description: 'Compensations, last completed first.',
      entry: { type: 'openBlock', params: { block: 'compensate' } },
      invoke: {
        id: 'compensation',
        src: 'compensation',
        input: ({ context }) => ({ scope: context.undoing?.scope ?? 'workflow' }),
        onDone: [{ guard: 'mustFinalize', target: 'finalizing' }, { target: 'concluding' }],
      },
    },
    finalizing: {
      description: 'The finally block: always, last.',
      entry: { type: 'openBlock', params: { block: 'finally' } },
      invoke: {
        id: 'finallyBody',
        src: 'finallyBody',
        onDone: [{ guard: 'mustUnwindLate', target: 'unwinding' }, { target: 'concluding' }],
      },
      initial: 'closing',
      on: { CANCEL: { guard: 'isRollback', actions: ['rememberCancel', 'rememberRollback'] } },
      states: {
        closing: {
          description: 'No cancel from before ends it, nor one that nobody has typed.',
          on: {
            CANCEL: {
              guard: 'isTyped',
              target: 'canceling',
              actions: [
                'rememberCancel',
                'rememberLastCancel',
                { type: 'cancelFinally', params: ({ event }) => ({ reason: event.reason }) },
              ],
            },
          },
        },
        canceling: {
          description: 'Somebody has canceled what was left: active steps are ending, no other begins.',
          tags: ['canceling'],
        },
      },
    },
    concluding: {
      description: 'The ledger decides how the run ends.',
      entry: 'conclude',
      always: [
        { guard: 'endsSuccess', target: 'succeeded' },
        { guard: 'endsCanceled', target: 'canceled' },
        { target: 'failed' },
      ],
    },
    succeeded: { type: 'final' },
    failed: { type: 'final' },
    canceled: { type: 'final' },
  },
});
