/** Sentences about a step that has settled. */
import { successesWanted } from '#compiler';
import type { StepRow } from '../store/port.ts';
import type { Evidence, Subject } from './why.ts';
import { itemTotals } from './why-items.ts';

export function whySettled(evidence: Evidence, { step, path }: Subject, row: StepRow): string[] {
  switch (row.status) {
    case 'success':
      return [joined(step, row) ?? succeeded(step, row), ...itemTotals(evidence, path)];
    case 'failed':
      return [
        `${row.error?.code ?? 'FAILED'}: ${row.error?.message ?? 'failed'}`,
        ...attempts(step, row),
        ...itemTotals(evidence, path),
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

/** Of a join that went on: what there was, and what it did not wait for. */
function joined({ join, needs }: Subject['step'], row: StepRow): string | undefined {
  if (join === undefined || row.outcome === 'failed' || !isCount(row.output)) return undefined;
  const { completed, failed, skipped, pending } = row.output;
  const done = Object.keys(completed).length;
  const wanted = successesWanted(join.condition, needs.length, skipped.length);
  const canceled = new Set(row.raw?.canceled as string[] | undefined);
  const rest = [
    ...failed.map((need) => `${need} failed`),
    ...skipped.map((need) => `${need} was skipped`),
    ...pending.map((need) => `${need} had not ended${canceled.has(need) ? ' and was canceled' : ''}`),
  ];
  const early = done < wanted ? 'its time was over: ' : '';
  return `${early}${done} of ${needs.length} needs had succeeded, and ${wanted} ${wanted === 1 ? 'was' : 'were'} asked for${rest.length === 0 ? '' : `; ${rest.join(', ')}`}`;
}

interface JoinOutput {
  completed: object;
  failed: string[];
  skipped: string[];
  pending: string[];
}

/** Not the output of a join with a `transform` of its own. */
const isCount = (output: unknown): output is JoinOutput =>
  typeof output === 'object' &&
  output !== null &&
  ['completed', 'failed', 'skipped', 'pending'].every((name) => Object.hasOwn(output, name));
