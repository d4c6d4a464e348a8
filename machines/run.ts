/**
 * The life of a run around its compiled body: work, recover, unwind, finalize, conclude. The body never decides success;
 * when it has settled, this machine reads the ledger through guards. What was begun to clean up is not canceled by the
 * cancel that began it.
 */
import { assign, type PromiseActorLogic, setup } from 'xstate';
import type { CompensationInput, CompensationOutput } from './compensation.ts';

export type RunEnd = 'success' | 'failed' | 'canceled';

export interface RunInput {
  runId: string;
}
export interface RunContext {
  runId: string;
  /** Why it was canceled; null when it was not. */
  cancelReason: string | null;
  /** The run used up its own `timeout`. */
  expired: boolean;
  /** Path of the first step that failed for good, or `(workflow)` when the run's own time-out came first; null before. */
  firstFailed: string | null;
  /** Path of the latest one. */
  lastFailed: string | null;
  /** How the run will end, decided once in `concluding`. */
  end: RunEnd | null;
}
export type RunEvent =
  | { type: 'CANCEL'; reason: string }
  | { type: 'PAUSE' }
  | { type: 'UNPAUSE' }
  /** From the runtime: a step failed for good and the policy is not `continue`. */
  | { type: 'step.failed'; path: string }
  /** From the runtime: the last attempt in flight ended while pausing. */
  | { type: 'quiet' }
  | { type: 'timer.due'; name: 'run-timeout' };
export interface RunOutput {
  status: RunEnd;
}

const notProvided = (): never => {
  throw new Error('provided by the runtime');
};

type Body = PromiseActorLogic<unknown, undefined>;

export const runMachine = setup({
  types: {
    input: {} as RunInput,
    context: {} as RunContext,
    events: {} as RunEvent,
    output: {} as RunOutput,
    tags: {} as 'paused' | 'canceling',
  },
  actors: {
    body: {} as Body,
    errorsBody: {} as Body,
    finallyBody: {} as Body,
    compensation: {} as PromiseActorLogic<CompensationOutput, CompensationInput>,
  },
  actions: {
    armRunTimeout: notProvided,
    disarmRunTimeout: notProvided,
    /** Switches the ledger so that gates refuse new work, and tells every active step of the block to end. */
    cancelSteps: (_, _params: { reason: string }) => notProvided(),
    rememberCancel: assign({
      cancelReason: ({ context, event }) =>
        context.cancelReason ?? (event.type === 'CANCEL' ? event.reason : null),
    }),
    rememberExpiry: assign({
      expired: true,
      firstFailed: ({ context }) => context.firstFailed ?? '(workflow)',
    }),
    rememberFailure: assign({
      firstFailed: ({ context, event }) =>
        context.firstFailed ?? (event.type === 'step.failed' ? event.path : null),
      lastFailed: ({ context, event }) => (event.type === 'step.failed' ? event.path : context.lastFailed),
    }),
    /** Keeps the run's own time-out as the original failure, and ends the steps. */
    expireRun: notProvided,
    /** on_failure: nothing new starts (`drain`), or running steps end too (`cancel`). */
    stopAfterFailure: notProvided,
    /** Nothing begins: gates hold, and steps that wait for a slot give their place up. */
    holdSteps: notProvided,
    /** The ledger's mode as it would be without the pause, and held steps go on. */
    releaseSteps: notProvided,
    /** The ledger's mode for the next block of steps: open again. */
    openBlock: (_, _params: { block: 'errors' | 'finally' | 'compensate' }) => notProvided(),
    /** Evaluates outputs, checks outputSchema, decides how the run ends. */
    conclude: assign({ end: notProvided as () => RunEnd }),
  },
  guards: {
    mustRecover: notProvided as () => boolean,
    mustUnwind: notProvided as () => boolean,
    mustFinalize: notProvided as () => boolean,
    isQuiet: notProvided as () => boolean,
    endsSuccess: ({ context }) => context.end === 'success',
    endsCanceled: ({ context }) => context.end === 'canceled',
  },
}).createMachine({
  id: 'run',
  description: 'One run of a workflow.',
  context: ({ input }) => ({
    runId: input.runId,
    cancelReason: null,
    expired: false,
    firstFailed: null,
    lastFailed: null,
    end: null,
  }),
  initial: 'working',
  output: ({ context }) => ({ status: context.end ?? 'failed' }),
  states: {
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
            'step.failed': { target: 'failing', actions: ['rememberFailure', 'stopAfterFailure'] },
          },
        },
        failing: {
          description: 'A step failed for good: what runs may end, nothing that was not promised begins.',
          on: { PAUSE: { target: 'pausing', actions: 'holdSteps' } },
        },
        pausing: {
          description: 'Attempts in flight end; nothing new begins.',
          always: { guard: 'isQuiet', target: 'paused' },
          on: {
            quiet: { guard: 'isQuiet', target: 'paused' },
            UNPAUSE: { target: 'running', actions: 'releaseSteps' },
            'step.failed': { actions: ['rememberFailure', 'stopAfterFailure'] },
          },
        },
        paused: {
          description: 'Steps that sleep or back off keep their timers, all others are held at their gates.',
          tags: ['paused'],
          on: { UNPAUSE: { target: 'running', actions: 'releaseSteps' } },
        },
        canceling: {
          description: 'Active steps are ending; every other one settles as canceled, so the body completes.',
          tags: ['canceling'],
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
        input: { scope: 'workflow' },
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
