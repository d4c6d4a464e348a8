/**
 * The life of a run around its compiled body: work, recover, unwind, finalize, conclude. The body never decides success;
 * when it has settled, this machine reads the ledger through guards. What was begun to clean up is not canceled by the
 * cancel that began it.
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

export const runMachine = runSetup.createMachine({
  id: 'run',
  description: 'One run of a workflow.',
  context: ({ input }) => ({
    runId: input.runId,
    cancelReason: null,
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
      on: {
        'turn.come': 'working',
        CANCEL: { target: 'concluding', actions: 'rememberCancel' },
      },
    },
    working: {
      description: 'The compiled steps.',
      initial: 'running',
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
        running: {
          on: {
            PAUSE: { target: 'pausing', actions: 'holdSteps' },
            ROLLBACK: ROLL_BACK,
            'step.failed': { target: 'failing', actions: ['rememberFailure', 'stopAfterFailure'] },
          },
        },
        failing: {
          description: 'A step failed for good: what runs may end, nothing that was not promised begins.',
          on: { PAUSE: { target: 'pausing', actions: 'holdSteps' }, ROLLBACK: ROLL_BACK },
        },
        pausing: {
          description: 'Attempts in flight end; nothing new begins.',
          always: { guard: 'isQuiet', target: 'paused' },
          on: {
            quiet: { guard: 'isQuiet', target: 'paused' },
            UNPAUSE: { target: 'running', actions: 'releaseSteps' },
            ROLLBACK: ROLL_BACK_PAUSED,
            'step.failed': { actions: ['rememberFailure', 'stopAfterFailure'] },
          },
        },
        paused: {
          description: 'Steps that sleep or back off keep their timers, all others are held at their gates.',
          tags: ['paused'],
          on: { UNPAUSE: { target: 'running', actions: 'releaseSteps' }, ROLLBACK: ROLL_BACK_PAUSED },
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
            { target: 'running', actions: ['endAside', 'releaseSteps'] },
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
      invoke: { id: 'finallyBody', src: 'finallyBody', onDone: 'concluding' },
    },
    concluding: {
      description: 'Outputs are evaluated and checked; the ledger decides how the run ends.',
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
