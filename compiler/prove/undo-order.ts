/** For each step that can fail the run: what is undone then and in which order, and which effects stay. */
import type { StepPlan } from '../plan.ts';
import type { Ancestors } from './ancestors.ts';
import type { StepNode } from './block-graph.ts';
import type { Model } from './model.ts';
import type { Proof } from './proof.ts';

export function undoOrder(model: Model): Pick<Proof, 'failurePoints' | 'undoneBefore'> {
  const { nodes, above } = model.graphs.steps;
  const lastFirst = [...nodes].reverse();
  const undoable = lastFirst.filter((node) => isUndone(model, node));
  const lasting = lastFirst.filter((node) => lastingEffect(model, node));
  const afterFailure = runsAfterFailure(nodes);
  const mayHaveBegun = beginsWhenFailing(model);
  const fails = new Set(model.possible.steps.flatMap(({ failing }) => failing));
  const failing = nodes.filter(({ index }) => fails.has(index));
  const failurePoints = failing.map((node) => {
    const sure = surelyBegun(nodes, node);
    const begins = mayHaveBegun(node);
    const concerned = ({ index }: StepNode): boolean =>
      begins[index] === true &&
      (afterFailure[index] === true || !above.has(index, node.index) || index === node.index);
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

/** By step: whether it may begin in one of the worlds in which a given step can fail the run. */
function beginsWhenFailing({ possible }: Model): (failing: StepNode) => readonly boolean[] {
  const failingIn = possible.steps.map(({ failing }) => new Set(failing));
  const known = new Map<string, boolean[]>();
  return ({ index }) => {
    const worlds = possible.steps.filter((_, at) => failingIn[at]?.has(index));
    const key = failingIn.map((failing) => (failing.has(index) ? '1' : '0')).join('');
    const found =
      known.get(key) ??
      (worlds[0]?.begins ?? []).map((_, other) => worlds.some(({ begins }) => begins[other] === true));
    known.set(key, found);
    return found;
  };
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
function reducedOrder(lastFirst: readonly StepNode[], above: Ancestors): [string, string][] {
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
