/** Gives the compensation machine its hands: the stack of undos of one run. */
import { type AnyActorLogic, assign } from 'xstate';
import { compensationMachine } from '#machines';
import type { RunContext } from './run-context.ts';

export function bindCompensation(run: RunContext, step: AnyActorLogic): AnyActorLogic {
  return compensationMachine.provide({
    actors: { undo: step as never },
    actions: {
      pickNext: assign({
        current: ({ context }) => {
          const path = run.compensations.top(
            context.scope,
            (each) => run.flights.has(each) || run.leaving.has(each),
          );
          if (path !== null) {
            run.compensations.running(path);
            run.recorder.emit({ type: 'compensation.started', path, step: path });
          }
          return path;
        },
      }),
      markDone: (_, { path }) => {
        run.compensations.done(path);
        run.recorder.emit({ type: 'compensation.finished', path, step: path, outcome: 'success' });
      },
      markFailed: (_, { path }) => {
        const error = run.ledger.get(`compensate/${path}`)?.error;
        run.compensations.failed(path, error);
        run.recorder.emit({
          type: 'compensation.finished',
          path,
          step: path,
          outcome: 'failed',
          ...(error && { error }),
        });
      },
    },
  }) as AnyActorLogic;
}
