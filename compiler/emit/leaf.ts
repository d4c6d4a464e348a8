/** The state of one step: wait if it must, run its actor, end in the state that names how it settled. */

import type { StepPlan } from '../plan.ts';
import { isSoftJoin } from '../shape/soft-join.ts';
import type { SettledStatus, StateNodeJson, TransitionJson } from './emitted.ts';
import { listed } from './listed.ts';

const SETTLED: readonly SettledStatus[] = ['success', 'skipped', 'canceled', 'failed'];

const FINAL_STATES: Readonly<Record<SettledStatus, StateNodeJson>> = {
  success: { type: 'final', description: 'Succeeded', tags: ['success'] },
  skipped: { type: 'final', description: 'Skipped', tags: ['skipped'] },
  canceled: { type: 'final', description: 'Canceled', tags: ['canceled'] },
  failed: { type: 'final', description: 'Failed', tags: ['failed'] },
};

const ON_DONE: TransitionJson[] = SETTLED.map((status) =>
  status === 'failed'
    ? { target: status }
    : { guard: { type: 'settledAs', params: { status } }, target: status },
);

/**
 * @param path Ledger path of the step.
 * @param waitsFor Ledger paths, other than the step before it, that must settle first; only in a prime block.
 * @param wayBack  Id of the state that is entered again when the step sends the run back.
 */
export function leafState(
  step: StepPlan,
  path: string,
  waitsFor: readonly string[],
  wayBack: string | undefined,
): StateNodeJson {
  const soft = isSoftJoin(step);
  const waiting: Record<string, StateNodeJson> = {};
  if (waitsFor.length > 0)
    waiting[soft ? 'blocked' : 'waiting'] = settledWait(waitsFor, soft ? 'waiting' : 'active');
  if (soft) waiting.waiting = joinWait(step, path);
  return {
    description: descriptionOf(step),
    tags: ['step'],
    meta: { step: { id: step.id, kind: step.kind, span: { start: step.span.start, end: step.span.end } } },
    initial: Object.keys(waiting)[0] ?? 'active',
    states: {
      ...waiting,
      active: {
        description: `Runs ${step.kind}`,
        tags: ['active'],
        invoke: {
          src: 'step',
          id: step.id,
          input: { path },
          onDone: wayBack === undefined ? ON_DONE : [backTo(step, wayBack), ...ON_DONE],
          onError: { target: 'failed' },
        },
      },
      ...FINAL_STATES,
    },
  };
}

function backTo(step: StepPlan, wayBack: string): TransitionJson {
  return {
    guard: { type: 'settledAs', params: { status: 'sentBack' } },
    target: `#${wayBack}`,
    description: step.backTo === '' ? 'Sent back to the beginning' : `Sent back to ${step.backTo}`,
  };
}

/** Waits until all of these ledger paths have settled. */
export function settledWait(paths: readonly string[], target: string): StateNodeJson {
  return {
    description: `Waits for ${listed(paths)}`,
    tags: ['waiting'],
    always: { guard: { type: 'settled', params: { ids: [...paths] } }, target },
  };
}

/** A join that may go on early: the runtime watches its needs in the ledger and keeps its time-out. */
function joinWait(step: StepPlan, path: string): StateNodeJson {
  return {
    description: `Waits for ${joinCondition(step)} of ${listed(step.needs)}`,
    tags: ['waiting'],
    entry: [{ type: 'armJoin', params: { path } }],
    always: { guard: { type: 'joinMet', params: { path } }, target: 'active' },
    on: { 'timer.due': { guard: { type: 'joinTimer', params: { path } }, target: 'active' } },
  };
}

function joinCondition(step: StepPlan): string {
  const condition = step.join?.condition;
  switch (condition?.type) {
    case 'count':
      return String(condition.count);
    case 'percent':
      return `${condition.percent} %`;
    case 'any':
      return 'any';
    case 'all':
    case undefined:
      return 'all';
  }
}

function descriptionOf(step: StepPlan): string {
  return typeof step.name === 'string' && step.name !== '' ? step.name : `${step.kind} step`;
}
