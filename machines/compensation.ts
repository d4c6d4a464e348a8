/**
 * Undoes what was done: a LIFO stack by completion order, kept in rows and read through `next`, so a restored unwinding
 * goes on exactly where it was. A failed undo is recorded and the rest still run.
 */
import { assign, type PromiseActorLogic, setup } from 'xstate';
import type { StepInput, StepOutput } from './step-setup.ts';

export interface CompensationInput {
  /** What is undone: `workflow`, or the id of one step. */
  scope: string;
}
export interface CompensationContext {
  scope: string;
  /** Ledger path of the step being undone. */
  current: string | null;
  undone: number;
  failed: number;
}
export interface CompensationOutput {
  undone: number;
  failed: number;
}
export type CompensationEvent = { type: 'xstate.done.actor.undo'; output: StepOutput; actorId: string };

const notProvided = (): never => {
  throw new Error('provided by the runtime');
};

export const compensationMachine = setup({
  types: {
    input: {} as CompensationInput,
    context: {} as CompensationContext,
    events: {} as CompensationEvent,
    output: {} as CompensationOutput,
  },
  actors: { undo: {} as PromiseActorLogic<StepOutput, StepInput> },
  actions: {
    /** Assigns the path on top of the stack, or null. */
    pickNext: assign({ current: notProvided as () => string | null }),
    markDone: (_, _params: { path: string }) => notProvided(),
    markFailed: (_, _params: { path: string }) => notProvided(),
  },
  guards: {
    stackEmpty: ({ context }) => context.current === null,
    undoSucceeded: ({ event }) =>
      event.type === 'xstate.done.actor.undo' &&
      (event.output.status === 'success' || event.output.status === 'skipped'),
  },
}).createMachine({
  id: 'compensation',
  description: 'Undoes settled steps, last completed first.',
  context: ({ input }) => ({ scope: input.scope, current: null, undone: 0, failed: 0 }),
  initial: 'picking',
  output: ({ context }) => ({ undone: context.undone, failed: context.failed }),
  states: {
    picking: {
      description: 'Takes the most recently completed step that has an undo left.',
      entry: 'pickNext',
      always: [{ guard: 'stackEmpty', target: 'unwound' }, { target: 'undoing' }],
    },
    undoing: {
      description: 'Runs the undo as a step, with its own retries and time-outs.',
      invoke: {
        id: 'undo',
        src: 'undo',
        input: ({ context }) => ({ path: `compensate/${context.current ?? ''}` }),
      },
      on: {
        'xstate.done.actor.undo': [
          {
            guard: 'undoSucceeded',
            target: 'picking',
            actions: [
              { type: 'markDone', params: ({ context }) => ({ path: context.current ?? '' }) },
              assign({ undone: ({ context }) => context.undone + 1 }),
            ],
          },
          {
            target: 'picking',
            actions: [
              { type: 'markFailed', params: ({ context }) => ({ path: context.current ?? '' }) },
              assign({ failed: ({ context }) => context.failed + 1 }),
            ],
          },
        ],
      },
    },
    unwound: { type: 'final', description: 'Nothing left to undo.' },
  },
});
