/** For each step that can fail the run: what is undone then and in which order, and which effects stay. */
import type { StepPlan } from '../plan.ts';
import type { StepNode } from './block-graph.ts';
import type { Model } from './model.ts';
import type { Proof } from './proof.ts';

/** Rows of bits by node: everything it comes after. */
function ancestorRows(nodes: readonly StepNode[]): { has(node: number, ancestor: number): boolean } {
  const words = (nodes.length + 31) >> 5;
  const rows = new Int32Array(words * nodes.length);
  for (const { index, needs } of nodes) {
    for (const need of needs) {
      for (let word = 0; word < words; word++) rows[index * words + word]! |= rows[need * words + word]!;
      rows[index * words + (need >> 5)]! |= 1 << (need & 31);
    }
  }
  return {
    has: (node, ancestor) => (rows[node * words + (ancestor >> 5)]! & (1 << (ancestor & 31))) !== 0,
  };
}

export function undoOrder(model: Model): Pick<Proof, 'failurePoints' | 'undoneBefore'> {
  const { nodes } = model.graphs.steps;
  const above = ancestorRows(nodes);
  const lastFirst = [...nodes].reverse();
  const undoable = lastFirst.filter((node) => isUndone(model, node));
  const lasting = lastFirst.filter((node) => lastingEffect(model, node));
  const afterFailure = runsAfterFailure(nodes);
  const failing = nodes.filter((node) =>
    model.possible.steps.some((ends) => ends.failing.includes(node.index)),
  );
  const failurePoints = failing.map((node) => {
    const worlds = model.possible.steps.filter((ends) => ends.failing.includes(node.index));
    const sure = surelyBegun(nodes, node);
    const concerned = (other: StepNode): boolean =>
      (other.index === node.index ||
        !above.has(other.index, node.index) ||
        afterFailure[other.index] === true) &&
      worlds.some((ends) => ends.begins[other.index] === true);
    const undone = undoable.filter(concerned);
    return {
      step: node.id,
      span: node.step.fieldSpans.id ?? node.step.span,
      undone: undone.map(({ id }) => id),
      maybe: undone.filter(({ index }) => !sure.has(index)).map(({ id }) => id),
      left: lasting.filter(concerned).map(({ id }) => id),
    };
  });
  return { failurePoints, undoneBefore: reducedOrder(undoable, above) };
}

/** Joins and sleeps record no undo. */
function isUndone({ catalog }: Model, { step }: StepNode): boolean {
  const control = catalog.get(step.kind)?.control;
  return step.compensate !== undefined && control !== 'join' && control !== 'suspend';
}

function lastingEffect({ catalog }: Model, { step }: StepNode): boolean {
  return step.compensate === undefined && step.idempotency === undefined && hasEffect(catalog, step);
}

/** The kind says so; a kind that says nothing is taken to have effects, unless the statechart itself interprets it. */
export function hasEffect(catalog: Model['catalog'], step: StepPlan): boolean {
  const kind = catalog.get(step.kind);
  if (kind?.control === 'join' || kind?.control === 'suspend') return false;
  return kind?.hasEffect?.(step.fields) ?? true;
}

/** The failing step, and what must have begun for it to begin: needs without which a plain step does not. */
export function surelyBegun(nodes: readonly StepNode[], failing: StepNode): Set<number> {
  const sure = new Set([failing.index]);
  for (const index of sure) {
    const node = nodes[index]!;
    if (node.asksStatus || node.needsJoin || node.join !== undefined) continue;
    for (const need of node.needs) sure.add(need);
  }
  return sure;
}

/** By node: something on the way to it does not care that a need failed. */
function runsAfterFailure(nodes: readonly StepNode[]): boolean[] {
  const after: boolean[] = [];
  for (const { index, needs, asksStatus, join } of nodes)
    after[index] = asksStatus || join !== undefined || needs.some((need) => after[need] === true);
  return after;
}

/** Pairs "undone before": a step that came after another is undone before it; pairs that follow from others are left out. */
function reducedOrder(
  lastFirst: readonly StepNode[],
  above: ReturnType<typeof ancestorRows>,
): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [at, later] of lastFirst.entries()) {
    const direct: StepNode[] = [];
    for (const earlier of lastFirst.slice(at + 1)) {
      if (!above.has(later.index, earlier.index)) continue;
      if (direct.some((between) => above.has(between.index, earlier.index))) continue;
      direct.push(earlier);
      pairs.push([later.id, earlier.id]);
    }
  }
  return pairs;
}
