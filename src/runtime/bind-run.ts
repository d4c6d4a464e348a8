/** Gives the run machine its hands: blocks as bodies, compensations, the ledger's modes, and the end of the run. */

import { type AnyActor, type AnyActorLogic, assign } from 'xstate';
import { evaluate } from '#compiler';
import { compensationMachine, type RunEnd, runMachine } from '#machines';
import type { Failure } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { tell } from './actor-path.ts';
import { check } from './attempt.ts';
import { bindBlock } from './bind-body.ts';
import { bindStep } from './bind-step.ts';
import { toFailure } from './gate.ts';
import type { LedgerBlock } from './ledger.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import { WORKFLOW_SCOPE } from './step-path.ts';

export interface RunConclusion {
  end: RunEnd;
  outputs?: JsonObject;
  error?: Failure;
}

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
    bindBlock(run, name, { step, unwind: compensation, watches });
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
          dueAt: run.startedAt + ms,
          policy: 'absolute',
        });
      },
      cancelSteps: (_, { reason }) => cancelSteps(run, ['steps', 'errors'], reason),
      expireRun: () => {
        const message = `the run took longer than its timeout of ${run.plan.timeoutMs} ms`;
        run.ledger.recordFailure(WORKFLOW_SCOPE, { code: 'RUN_TIMEOUT', message, retryable: false });
        cancelSteps(run, ['steps'], message);
      },
      stopAfterFailure: ({ event }) => stopAfterFailure(run, 'path' in event ? event.path : ''),
      holdSteps: () => run.ledger.setMode('steps', { mode: 'held' }),
      releaseSteps: () => {
        run.ledger.setMode('steps', { mode: 'open' });
        for (const actor of run.active.values()) tell(actor, { type: 'UNPAUSE' });
      },
      openBlock: (_, { block: name }) => openBlock(run, name),
      conclude: assign({
        end: ({ context }) => {
          conclusion = conclude(run, context);
          return conclusion.end;
        },
      }),
      settleRun: () => {},
    },
    guards: {
      mustRecover: ({ context }) =>
        context.cancelReason === null &&
        run.ledger.firstFailure !== undefined &&
        run.plan.blocks.errors.length > 0,
      mustUnwind: ({ context }) =>
        (context.cancelReason !== null || run.ledger.firstFailure !== undefined) &&
        run.compensations.top() !== null,
      mustFinalize: () => run.plan.blocks.finally.length > 0,
      isQuiet: () => isQuiet(run),
    },
  });
  return { logic: logic as AnyActorLogic, conclusion: () => conclusion };
}

/** While pausing: nothing is between its gate and its end but what the pause itself holds. */
export function isQuiet(run: RunContext): boolean {
  for (const actor of run.active.values()) {
    const { value } = actor.getSnapshot();
    if (value !== 'held' && value !== 'fanningOut') return false;
  }
  return true;
}

function cancelSteps(run: RunContext, blocks: readonly LedgerBlock[], reason: string): void {
  for (const block of blocks) run.ledger.setMode(block, { mode: 'canceled', reason });
  for (const [path, actor] of [...run.active]) {
    if (!blocks.includes(run.index.at(path).block)) continue;
    tell(actor.getSnapshot().children.fleet, { type: 'CANCEL', reason });
    tell(actor, { type: 'CANCEL', reason });
  }
  run.ledgerChanged();
}

function stopAfterFailure(run: RunContext, path: string): void {
  const reason = `the run is failing: step ${path} failed`;
  if (run.plan.onFailure === 'cancel') cancelSteps(run, ['steps'], reason);
  else if (run.plan.onFailure === 'drain' && run.ledger.mode('steps').mode === 'open') {
    run.ledger.setMode('steps', { mode: 'draining', reason });
  }
}

function openBlock(run: RunContext, block: LedgerBlock): void {
  if (block === 'errors' && run.ledger.mode('errors').mode === 'canceled') return;
  run.ledger.setMode(block, { mode: 'open' });
}

function bindCompensation(run: RunContext, step: AnyActorLogic): AnyActorLogic {
  return compensationMachine.provide({
    actors: { undo: step as never },
    actions: {
      pickNext: assign({
        current: () => {
          const path = run.compensations.top();
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

/** Outputs, their contract, and the verdict over the whole run. */
function conclude(run: RunContext, context: { cancelReason: string | null }): RunConclusion {
  const outputs =
    run.ledger.firstFailure === undefined && context.cancelReason === null ? evaluateOutputs(run) : undefined;
  const first = run.ledger.firstFailure?.failure;
  if (context.cancelReason !== null) {
    const canceled: Failure = { code: 'CANCELED', message: context.cancelReason, retryable: false };
    return { end: 'canceled', error: withOthers(run, first ?? canceled) };
  }
  if (first !== undefined) return { end: 'failed', error: withOthers(run, first) };
  return { end: 'success', outputs: outputs ?? {} };
}

function evaluateOutputs(run: RunContext): JsonObject | undefined {
  try {
    const outputs = evaluate(
      run.plan.outputs,
      scopeOf(run, undefined),
      evaluateOptions(run, undefined, run.clock.now()),
    );
    if (run.plan.outputSchema !== undefined)
      check(run.plan.outputSchema, outputs, 'OUTPUTS_SCHEMA', 'outputSchema of the workflow');
    return outputs as JsonObject;
  } catch (error) {
    run.ledger.recordFailure(WORKFLOW_SCOPE, toFailure(error));
    return undefined;
  }
}

/** The original failure, with every later one in its details. */
function withOthers(run: RunContext, first: Failure): Failure {
  const others = run.ledger.otherFailures;
  if (others.length === 0) return first;
  const details =
    first.details !== null && typeof first.details === 'object' && !Array.isArray(first.details)
      ? first.details
      : {};
  return {
    ...first,
    details: {
      ...details,
      alsoFailed: others.map(({ path, failure }) => ({ path, code: failure.code, message: failure.message })),
    },
  };
}
