/**
 * Which steps of an ended run begin again, and the rows that say so. Pure: the run itself then starts as a new actor tree
 * over a ledger of what was kept, so settled steps settle again at once.
 */
import type { Plan, StepPlan } from '#compiler';
import type { CompensationRow, RunStatus, StepRow } from '../store/port.ts';
import { stepsToRepeat } from './go-back.ts';
import { LEFT_OUT } from './selection.ts';
import { WORKFLOW_SCOPE } from './step-path.ts';

export interface RerunQuestion {
  plan: Plan;
  status: RunStatus;
  /** The latest row of each path. */
  rows: readonly StepRow[];
  compensations: readonly CompensationRow[];
  /** Step id, or an item of a step such as `test[3]`; absent: from the steps that failed. */
  from?: string;
  /** Nothing but these steps; what depends on them is kept. */
  only: boolean;
  /** Steps that a selection (`--until`) left out are to run now. */
  widen: boolean;
}

export interface RerunStep {
  path: string;
  /** In a few words. */
  why: string;
}

export interface RerunPlan {
  /** In the order they are written. */
  steps: RerunStep[];
  /** Rows of the next epoch, of steps, items, undos and the blocks at the end. */
  rows: StepRow[];
  compensations: CompensationRow[];
  /** Failures, and canceled steps, that stay as they are. */
  kept: string[];
}

const OVER = new Set(['success', 'failed', 'skipped', 'canceled']);
const NOT_WAITED_FOR = 'does not wait for it any more';
const FAILING = 'the run is failing: ';

export function planRerun(question: RerunQuestion): RerunPlan {
  const byPath = new Map(question.rows.map((row) => [row.path, row]));
  const repeated = question.only
    ? new Map(seeds(question, byPath))
    : withDependents(question.plan.blocks.steps, [
        ...seeds(question, byPath),
        ...neverDone(question, byPath),
      ]);
  const items = itemsKept(question, repeated, byPath);
  const reopened = question.rows.filter(({ path, status }) => {
    if (status === 'pending') return false;
    const undoes = path.startsWith('compensate/') ? path.slice('compensate/'.length) : path;
    return undoes === WORKFLOW_SCOPE || (isRepeated(undoes, repeated) && !items.has(undoes));
  });
  const wholesKept = new Set([...items].map(wholeOf));
  const paths = new Set(reopened.map(({ path }) => path));
  return {
    steps: question.plan.blocks.steps.flatMap(({ id }) => {
      const why = repeated.get(id);
      return why === undefined ? [] : [{ path: id, why }];
    }),
    rows: reopened.map(({ path, epoch, kind, fanOut }) => ({
      path,
      kind,
      epoch: epoch + 1,
      attempt: 0,
      status: 'pending' as const,
      // Items that keep their results stay what they were.
      ...(fanOut && wholesKept.has(path) && { fanOut }),
    })),
    compensations:
      question.plan.compensate === undefined ? [] : [{ path: WORKFLOW_SCOPE, status: 'ready', order: 0 }],
    kept: question.rows
      .filter(({ path, status, reason }) => {
        if (paths.has(path) || path.includes('/') || path.endsWith(']')) return false;
        return status === 'failed' || (status === 'canceled' && reason?.endsWith(NOT_WAITED_FOR) !== true);
      })
      .map(({ path }) => path),
  };
}

const wholeOf = (path: string): string => path.replace(/\[\d+\]$/, '');

/** Steps asked for, or those that failed, with the reason. */
function seeds({ plan, from }: RerunQuestion, byPath: ReadonlyMap<string, StepRow>): [string, string][] {
  if (from !== undefined) return [[wholeOf(from), from.endsWith(']') ? `--from ${from}` : '--from']];
  return plan.blocks.steps
    .filter(({ id }) => byPath.get(id)?.status === 'failed')
    .map(({ id }) => [id, 'failed']);
}

/** Steps whose turn never came because the run was ending, and steps whose effect the ending run has undone. */
function neverDone(
  { plan, status, compensations, widen }: RerunQuestion,
  byPath: ReadonlyMap<string, StepRow>,
): [string, string][] {
  const undone = new Set(
    compensations
      .filter((row) => status !== 'success' && (row.status === 'done' || row.status === 'failed'))
      .map(({ path }) => wholeOf(path)),
  );
  return plan.blocks.steps.flatMap(({ id }): [string, string][] => {
    const row = byPath.get(id);
    if (row === undefined) return [[id, 'did not run']];
    if (undone.has(id)) return [[id, 'was undone']];
    if (row.status === 'canceled' && row.reason?.endsWith(NOT_WAITED_FOR) !== true)
      return [[id, 'was canceled']];
    if (row.status !== 'skipped') return [];
    if (row.reason?.startsWith(FAILING) === true) return [[id, 'was not begun']];
    return widen && LEFT_OUT.test(row.reason ?? '') ? [[id, 'was left out']] : [];
  });
}

function withDependents(
  steps: readonly StepPlan[],
  first: readonly (readonly [string, string])[],
): Map<string, string> {
  const repeated = new Map<string, string>();
  for (const [id, why] of first) if (!repeated.has(id)) repeated.set(id, why);
  for (const [id] of first)
    for (const each of stepsToRepeat(steps, id))
      if (!repeated.has(each)) repeated.set(each, `depends on ${id}`);
  return repeated;
}

function isRepeated(path: string, repeated: ReadonlyMap<string, string>): boolean {
  return path.includes('/') ? !path.startsWith('compensate/') : repeated.has(wholeOf(path));
}

/** Of a fan-out that begins again for its own failed items the other items keep their results. */
function itemsKept(
  { plan, rows, from, compensations }: RerunQuestion,
  repeated: ReadonlyMap<string, string>,
  byPath: ReadonlyMap<string, StepRow>,
): Set<string> {
  const undone = new Set(compensations.filter(({ status }) => status === 'done').map(({ path }) => path));
  const needsOf = new Map(plan.blocks.steps.map(({ id, needs }) => [id, needs]));
  const keeps = (whole: string, path: string): boolean => {
    const why = repeated.get(whole);
    if (why === undefined || needsOf.get(whole)?.some((need) => repeated.has(need))) return false;
    if (from !== undefined && wholeOf(from) === whole) return from.endsWith(']') && path !== from;
    return byPath.get(path)?.status === 'success' && !undone.has(path);
  };
  return new Set(
    rows
      .filter(({ path, status }) => path.endsWith(']') && !path.includes('/') && OVER.has(status))
      .map(({ path }) => path)
      .filter((path) => keeps(wholeOf(path), path)),
  );
}
