/** One transaction: all batches and, after them, the runs that leave by them although somebody has called meanwhile. */
import type { RunBatch } from '../port.ts';
import type { Aggregates } from './aggregates.ts';

/** @param apply one for each batch */
export function applyBatches(
  rows: Aggregates,
  batches: readonly RunBatch[],
  apply: readonly (() => void)[],
): void {
  for (const each of apply) each();
  for (const { runId, run } of batches) {
    if (run?.status === 'paused') unpauseIfTold(rows, runId);
    if (run?.status === 'suspended') wakeIfCalled(rows, runId);
  }
}

/** Whoever called while its process was leaving has found a run that was still running, and woke nobody. */
function wakeIfCalled({ inbox, events, waits, runs }: Aggregates, runId: string): void {
  const names = waits.list({ runId }).flatMap((wait) => (wait.for === 'event' ? [wait.name] : []));
  const calledAt = inbox.leftFor(runId)[0]?.createdAt ?? events.unseenSince(names);
  if (calledAt !== undefined) runs.wake(runId, calledAt);
}

/** The same of a pause that was taken back: the run is one that waits and is due. */
function unpauseIfTold({ inbox, runs }: Aggregates, runId: string): void {
  const last = inbox.leftFor(runId).findLast(({ event: { type } }) => type === 'PAUSE' || type === 'UNPAUSE');
  if (last?.event.type !== 'UNPAUSE') return;
  runs.update(runId, { status: 'suspended' });
  runs.wake(runId, last.createdAt);
}
