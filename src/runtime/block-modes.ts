/** Which steps of a block may still begin: after a failure, a cancel, a time-out, while paused, and again after a restore. */
import type { Snapshot } from 'xstate';
import { tell } from './actor-path.ts';
import type { BlockMode, LedgerBlock } from './ledger.ts';
import type { RunContext } from './run-context.ts';
import { describeFailedRun } from './settle.ts';
import { WORKFLOW_SCOPE } from './step-path.ts';

/** Ends what runs in these blocks and lets nothing of them begin. */
export function cancelSteps(run: RunContext, blocks: readonly LedgerBlock[], reason: string): void {
  for (const block of blocks) run.ledger.setMode(block, { mode: 'canceled', reason });
  for (const [path, actor] of [...run.active]) {
    if (!blocks.includes(run.index.at(path).block)) continue;
    tell(actor.getSnapshot().children.fleet, { type: 'CANCEL', reason });
    tell(actor, { type: 'CANCEL', reason });
  }
  run.ledgerChanged();
}

/** At the moment a step fails for good: the very next gate must know, even if the run machine is busy with another event. */
export function refuseAfterFailure(run: RunContext): void {
  if (run.ledger.mode('steps').mode === 'open') run.ledger.setMode('steps', modeAfterFailures(run));
}

/** What the run machine does about it. @param path of the step that failed for good. */
export function stopAfterFailure(run: RunContext, path: string): void {
  if (run.plan.onFailure === 'cancel') cancelSteps(run, ['steps'], failingReason(path));
  else refuseAfterFailure(run);
}

/** @param withChildren what sub-workflows run is paused too; else they end first, as every attempt does. */
export function holdSteps(run: RunContext, withChildren: boolean): void {
  run.ledger.setMode('steps', { mode: 'held' });
  if (withChildren) for (const flight of run.flights.values()) flight.pause?.();
  for (const actor of [...run.active.values()]) tell(actor, { type: 'PAUSE' });
}

/** What failed before or during the pause still counts after it. */
export function releaseSteps(run: RunContext): void {
  run.ledger.setMode('steps', modeAfterFailures(run));
  for (const flight of run.flights.values()) flight.unpause?.();
  for (const actor of [...run.active.values()]) tell(actor, { type: 'UNPAUSE' });
}

export function openBlock(run: RunContext, block: LedgerBlock): void {
  if (block === 'errors' && run.ledger.mode('errors').mode === 'canceled') return;
  run.ledger.setMode(block, { mode: 'open' });
}

export function expireRun(run: RunContext): void {
  const message = expiryMessage(run);
  const failure = { code: 'RUN_TIMEOUT', message, retryable: false };
  run.ledger.recordFailure(WORKFLOW_SCOPE, failure);
  run.lastFailedStep ??= describeFailedRun(failure);
  cancelSteps(run, ['steps'], message);
}

/** Where the run machine stands while nothing may begin. */
const HELD = new Set<unknown>(['pausing', 'paused', 'holding', 'undoing']);

/** The modes follow from where the run machine stands, the failures from its context and the ledger. */
export function restoreModes(run: RunContext, snapshot: Snapshot<unknown>): void {
  const { value, context } = snapshot as unknown as {
    value: string | { working?: unknown };
    context: { cancelReason: string | null; lastCancelReason?: string | null; expired: boolean };
  };
  if (context.lastCancelReason)
    run.ledger.setMode('finally', { mode: 'canceled', reason: context.lastCancelReason });
  const isHeld = typeof value === 'object' && HELD.has(value.working);
  if (context.cancelReason !== null) {
    run.ledger.setMode('steps', { mode: 'canceled', reason: context.cancelReason });
    run.ledger.setMode('errors', { mode: 'canceled', reason: context.cancelReason });
  } else if (context.expired) {
    run.ledger.setMode('steps', { mode: 'canceled', reason: expiryMessage(run) });
  } else if (isHeld) {
    run.ledger.setMode('steps', { mode: 'held' });
  } else {
    run.ledger.setMode('steps', modeAfterFailures(run));
  }
}

export const expiryMessage = (run: RunContext): string =>
  `the run took longer than its timeout of ${run.plan.timeoutMs} ms`;

/** What is stored with every step that a failing run keeps from beginning. */
const failingReason = (path: string): string => `the run is failing: step ${path} failed`;

function modeAfterFailures(run: RunContext): BlockMode {
  const failure = run.ledger.failures.find(({ path }) => !run.kept.has(path));
  if (failure === undefined || run.plan.onFailure === 'continue') return { mode: 'open' };
  const reason = failingReason(failure.path);
  return run.plan.onFailure === 'cancel' ? { mode: 'canceled', reason } : { mode: 'draining', reason };
}
