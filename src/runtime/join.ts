/**
 * Joins: how many of the needs must succeed, whether that is decided yet, and what the join puts out.
 * Skipped needs never count as completed; `all` asks for every need that was not skipped.
 */
import { type JoinPlan, successesWanted } from '#compiler';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { RunContext } from './run-context.ts';
import { type StepRef, stepPath } from './step-path.ts';

interface JoinCount {
  completed: string[];
  /** Those that were canceled too. */
  failed: string[];
  skipped: string[];
  pending: string[];
}

const ALL: JoinPlan = { condition: { type: 'all' }, onTimeout: 'fail', cancelRest: true };

function count(run: RunContext, ref: StepRef): JoinCount {
  const result: JoinCount = { completed: [], failed: [], skipped: [], pending: [] };
  const block = ref.block === 'compensate' ? 'steps' : ref.block;
  for (const id of ref.step.needs) {
    const status = run.ledger.get(stepPath(block, id))?.status;
    if (status === undefined) result.pending.push(id);
    else if (status === 'success') result.completed.push(id);
    else if (status === 'skipped') result.skipped.push(id);
    else result.failed.push(id);
  }
  return result;
}

/** The condition holds, or can no longer hold: either way the join need not wait. */
export function isJoinDecided(run: RunContext, path: string): boolean {
  const ref = run.index.at(path);
  const { completed, pending, skipped } = count(run, ref);
  const join = ref.step.join ?? ALL;
  if (join.condition.type === 'all') return pending.length === 0;
  const wanted = successesWanted(join.condition, ref.step.needs.length, skipped.length);
  return completed.length >= wanted || completed.length + pending.length < wanted;
}

/** @returns output `{ completed: {id: output}, failed: [id], skipped: [id], pending: [id] }` and the failure when the condition does not hold. */
export function judgeJoin(run: RunContext, ref: StepRef): { output: Json; error?: Failure } {
  const counted = count(run, ref);
  const join = ref.step.join ?? ALL;
  const block = ref.block === 'compensate' ? 'steps' : ref.block;
  const outputs: JsonObject = {};
  for (const id of counted.completed) outputs[id] = run.ledger.get(stepPath(block, id))?.output ?? null;
  const output = {
    completed: outputs,
    failed: counted.failed,
    skipped: counted.skipped,
    pending: counted.pending,
  };
  const wanted = successesWanted(join.condition, ref.step.needs.length, counted.skipped.length);
  const decided = isJoinDecided(run, ref.path);
  if (counted.completed.length >= wanted || (!decided && join.onTimeout === 'partial')) return { output };
  const statusOf = (id: string): string | undefined => run.ledger.get(stepPath(block, id))?.status;
  const missing = [
    ...counted.failed.map((id) => `${id} ${statusOf(id) === 'canceled' ? 'was canceled' : 'failed'}`),
    ...counted.skipped.map((id) => `${id} was skipped`),
    ...counted.pending.map((id) => `${id} is pending`),
  ].join(', ');
  return {
    output,
    error: {
      code: decided ? 'JOIN_NOT_MET' : 'JOIN_TIMEOUT',
      message: decided
        ? `needs ${wanted} of ${ref.step.needs.length} to succeed, ${counted.completed.length} did (${missing})`
        : `not met within ${join.timeoutMs} ms: ${counted.completed.length} of ${wanted} (${missing})`,
      retryable: false,
    },
  };
}
