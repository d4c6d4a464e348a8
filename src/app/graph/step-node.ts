/** One step as every renderer sees it: what the author wrote, short enough to draw, and how it stands in a run. */
import { BLOCK_NAMES, type BlockName, isSoftJoin, type JoinPlan, type StepPlan } from '#compiler';
import type { StepStatus } from '../../store/port.ts';
import { printable } from './display-text.ts';
import type { GraphModel } from './model.ts';
import { STATUSES } from './status-style.ts';

export interface StepNode {
  /** Ledger path; unique in the graph. */
  path: string;
  id: string;
  block: BlockName;
  kind: string;
  /** The author's `name`, when it differs from the id. */
  name?: string;
  needs: readonly string[];
  /** The needs of a join that may go on before all of them have settled; else empty. */
  softNeeds: readonly string[];
  /** The step may send the run back to this step; `''`: to the beginning. */
  backTo?: string;
  /** Short marks such as `for each`, `if`, `any of 3`. */
  marks: string[];
  /** Label and value of what is worth knowing on a closer look, in this order. */
  details: [label: string, value: string][];
  status?: StepStatus;
  /** Of fan-outs: how many items have which status. */
  items?: StatusCounts;
}

export type StatusCounts = Partial<Record<StepStatus, number>>;

/** All steps of all blocks by ledger path, blocks in their order. */
export function stepNodes(model: GraphModel): Map<string, StepNode> {
  const items = itemCounts(model.statuses ?? {});
  const nodes = new Map<string, StepNode>();
  for (const block of BLOCK_NAMES) {
    for (const step of model.plan.blocks[block]) {
      const path = pathOf(block, step.id);
      const status = model.statuses?.[path];
      const counts = items.get(path);
      nodes.set(path, {
        ...staticPart(step, block),
        ...(status === undefined ? {} : { status }),
        ...(counts === undefined ? {} : { items: counts }),
      });
    }
  }
  return nodes;
}

export function pathOf(block: BlockName, id: string): string {
  return block === 'steps' ? id : `${block}/${id}`;
}

/** `3 success, 1 failed`. */
export function countsText(counts: StatusCounts): string {
  return STATUSES.flatMap((status) => (counts[status] ? [`${counts[status]} ${status}`] : [])).join(', ');
}

/** `test[3]` → counted under `test`. */
function itemCounts(statuses: Readonly<Record<string, StepStatus>>): Map<string, StatusCounts> {
  const counts = new Map<string, StatusCounts>();
  for (const [path, status] of Object.entries(statuses)) {
    const step = /^(.+)\[\d+\]$/.exec(path)?.[1];
    if (step === undefined) continue;
    const own = counts.get(step) ?? {};
    own[status] = (own[status] ?? 0) + 1;
    counts.set(step, own);
  }
  return counts;
}

function staticPart(step: StepPlan, block: BlockName): StepNode {
  const name = typeof step.name === 'string' ? printable(step.name) : '';
  const back = step.backTo === '' ? 'the beginning' : step.backTo;
  const marks: [string, string, string | undefined][] = [
    [step.kind === 'join' ? joinMark(step) : '', 'join', joinDetail(step)],
    ['for each', 'for each', foreachText(step)],
    ['matrix', 'matrix', step.matrix && Object.keys(step.matrix.axes).join(' × ')],
    ['if', 'if', step.if],
    ['retry', 'retries', step.retry && String(step.retry.count)],
    ['', 'pool', step.pool],
    ['undo', 'undo', step.compensate?.kind],
    [`back to ${back ?? ''}`, 'may send back to', back],
  ];
  const given = marks.filter(([, , value]) => value !== undefined && value !== '');
  return {
    path: pathOf(block, step.id),
    id: step.id,
    block,
    kind: step.kind,
    ...(name === '' || name === step.id ? {} : { name }),
    needs: step.needs,
    ...(step.backTo === undefined ? {} : { backTo: step.backTo }),
    softNeeds: isSoftJoin(step) ? step.needs : [],
    marks: given.flatMap(([mark]) => (mark === '' ? [] : [mark])),
    details: given.map(([, label, value]) => [label, printable(value ?? '')]),
  };
}

export function foreachText({ foreach }: StepPlan): string | undefined {
  if (typeof foreach !== 'object') return foreach;
  if (Array.isArray(foreach)) return JSON.stringify(foreach);
  return `line of ${typeof foreach.lines === 'string' ? foreach.lines : JSON.stringify(foreach.lines)}`;
}

function joinMark(step: StepPlan): string {
  return `${conditionText(step.join)} of ${step.needs.length}`;
}

function joinDetail(step: StepPlan): string | undefined {
  const { join } = step;
  if (join === undefined) return undefined;
  const limit = join.timeoutMs === undefined ? '' : `, at most ${join.timeoutMs} ms, then ${join.onTimeout}`;
  return `${conditionText(join)}${limit}${join.cancelRest && isSoftJoin(step) ? ', cancels the rest' : ''}`;
}

function conditionText(join: JoinPlan | undefined): string {
  switch (join?.condition.type) {
    case 'any':
      return 'any';
    case 'count':
      return String(join.condition.count);
    case 'percent':
      return `${join.condition.percent} %`;
    case 'all':
    case undefined:
      return 'all';
  }
}
