/** Gives the run machine its hands: blocks as bodies, compensations, the ledger's modes, and the end of the run. */

import { type AnyActor, type AnyActorLogic, assign, fromPromise } from 'xstate';
import { runMachine } from '#machines';
import { bindBlock } from './bind-body.ts';
import { bindCompensation } from './bind-compensation.ts';
import { bindStep } from './bind-step.ts';
import {
  cancelSteps,
  expireRun,
  holdSteps,
  openBlock,
  releaseSteps,
  stopAfterFailure,
} from './block-modes.ts';
import { conclude, type RunConclusion, settleOutputs } from './conclude.ts';
import { isQuiet } from './quiet.ts';
import type { RunContext } from './run-context.ts';
import { stepPath, WORKFLOW_SCOPE } from './step-path.ts';

export interface BoundRun {
  logic: AnyActorLogic;
  /** Set when the run machine has reached its end. */
  conclusion(): RunConclusion | undefined;
}

export function bindRun(run: RunContext, watches: (logic: AnyActorLogic) => void): BoundRun {
  let conclusion: RunConclusion | undefined;
  const step = bindStep(run);
  const compensation = bindCompensation(run, step);
  const block = (name: 'steps' | 'errors' | 'finally'): AnyActorLogic =>
    run.plan.blocks[name].length === 0 ? NEVER_ENTERED : bindBlock(run, name, { step, watches });
  const logic = runMachine.provide({
    actors: {
      body: block('steps') as never,
      errorsBody: block('errors') as never,
      finallyBody: block('finally') as never,
      compensation: compensation as never,
    },
    actions: {
      armRunTimeout: ({ self }) => {
        const ms = run.plan.timeoutMs;
        if (ms === undefined) return;
        run.timers.arm({
          actor: self as AnyActor,
          name: 'run-timeout',
          step: WORKFLOW_SCOPE,
          dueAt: run.begunAt + ms,
          policy: 'elapsed',
        });
      },
      disarmRunTimeout: ({ self }) => run.timers.disarm(self as AnyActor, 'run-timeout'),
      beginNow: () => beginNow(run),
      refuseTurn: ({ event }) => {
        if (event.type === 'turn.refused') refuseTurn(run, event.message);
      },
      cancelFinally: (_, { reason }) => cancelSteps(run, ['finally'], reason),
      evaluateOutputs: ({ context }) => context.cancelReason === null && settleOutputs(run),
      cancelSteps: (_, { reason }) => cancelSteps(run, ['steps', 'errors'], reason),
      expireRun: () => expireRun(run),
      stopAfterFailure: ({ event }) => stopAfterFailure(run, 'path' in event ? event.path : ''),
      holdSteps: ({ event }) => holdSteps(run, event.type === 'PAUSE'),
      releaseSteps: () => releaseSteps(run),
      openBlock: (_, { block: name }) => openBlock(run, name),
      conclude: assign({
        end: ({ context }) => {
          conclusion = conclude(run, context);
          return conclusion.end;
        },
      }),
    },
    guards: {
      mustRecover: ({ context }) =>
        context.cancelReason === null &&
        run.ledger.firstFailure !== undefined &&
        run.plan.blocks.errors.length > 0,
      mustUnwind: ({ context }) =>
        (context.cancelReason !== null || run.ledger.firstFailure !== undefined) &&
        run.compensations.top() !== null,
      mustUnwindLate: ({ context }) => context.undoesLate === true && run.compensations.top() !== null,
      // Undone late, it has had its `finally`.
      mustFinalize: ({ context }) =>
        context.undoing === null &&
        run.plan.blocks.finally.some(({ id }) => !run.ledger.has(stepPath('finally', id))),
      mustQueue: () => run.queued,
      isQuiet: () => isQuiet(run),
    },
  });
  return { logic: logic as AnyActorLogic, conclusion: () => conclusion };
}

/** A run that waited for its turn: its `timeout` and its duration count from here. */
function beginNow(run: RunContext): void {
  run.begunAt = run.clock.now();
  run.pin('begunAt', run.begunAt);
}

function refuseTurn(run: RunContext, message: string): void {
  run.ledger.recordFailure(WORKFLOW_SCOPE, { code: 'RUN_OVERLAPS', message, retryable: false });
}

/** A block without steps has no machine: the guards of the run machine pass it by. */
const NEVER_ENTERED: AnyActorLogic = fromPromise(() =>
  Promise.reject(new Error('an empty block was entered')),
);
