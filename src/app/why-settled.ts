/** Sentences about a step that has settled. */
import type { StepRow } from '../store/port.ts';
import type { Evidence, Subject } from './why.ts';

export function whySettled({ rows }: Evidence, { step, path }: Subject, row: StepRow): string[] {
  switch (row.status) {
    case 'success':
      return [succeeded(step, row), ...itemLines(rows, path)];
    case 'failed':
      return [
        `${row.error?.code ?? 'FAILED'}: ${row.error?.message ?? 'failed'}`,
        ...attempts(step, row),
        ...itemLines(rows, path),
      ];
    default:
      return [row.reason ?? row.error?.message ?? row.status];
  }
}

function succeeded(step: Subject['step'], row: StepRow): string {
  if (row.reusedFrom !== undefined) {
    const { runId, path } = row.reusedFrom;
    const by = step.idempotency === undefined ? 'memoize' : 'idempotencyKey';
    return `took the result of step ${path} of run ${runId}, which had the same effect (${by})`;
  }
  if (row.outcome === 'failed')
    return `failed, which allowFailure lets count as success: ${row.error?.message ?? ''}`;
  const because = step.if === undefined ? '' : ` because ${step.if} held`;
  const again =
    row.epoch > 1 ? `, begun anew ${row.epoch - 1 === 1 ? 'once' : `${row.epoch - 1} times`}` : '';
  return `ran ${row.attempt} attempt${row.attempt === 1 ? '' : 's'}${because}${again}`;
}

function attempts({ retry }: Subject['step'], { attempt, error }: StepRow): string[] {
  const made = attempt > 1 ? [`${attempt} attempts were made`] : [];
  if (retry === undefined) return made;
  if (retry.on !== undefined && attempt <= retry.count)
    return [...made, `not retried: retry.on is ${retry.on}`];
  if (error?.retryable === false) return [...made, 'not retried: the failure is not retryable'];
  return attempt > retry.count ? [...made, `retry allows ${retry.count}, which are used up`] : made;
}

function itemLines(rows: Evidence['rows'], path: string): string[] {
  const ends = new Map<string, number>();
  for (const [each, { outcome }] of rows)
    if (each.startsWith(`${path}[`) && outcome !== undefined) ends.set(outcome, (ends.get(outcome) ?? 0) + 1);
  if (ends.size === 0) return [];
  return [`items: ${[...ends].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`];
}
