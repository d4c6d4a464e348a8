/** For each step that can fail the run: what is undone then and in which order, and which effects stay. */
import type { Ancestors } from './ancestors.ts';
import type { StepNode } from './block-graph.ts';
import { effectsOf, type FindChild, isInterpreted } from './effects.ts';
import type { Model } from './model.ts';
import type { Proof } from './proof.ts';

export function undoOrder(
  model: Model,
  child: FindChild,
  file: string | undefined,
): Pick<Proof, 'failurePoints' | 'undoneBefore'> {
  const { nodes, above } = model.graphs.steps;
  const effects = nodes.map(({ step }) => effectsOf(step, { catalog: model.catalog, child, file }));
  const lastFirst = [...nodes].reverse();
  const undoable = lastFirst.filter(({ index }) => effects[index]?.undone === true);
  const lasting = lastFirst.filter(({ index }) => (effects[index]?.left.length ?? 0) > 0);
  const after = undosOfErrors(model);
  const last = model.plan.compensate === undefined ? [] : [WHOLE];
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
      undone: [...after, ...undone.map(({ id }) => id), ...last],
      maybe: [...after, ...undone.filter(({ index }) => !sure.has(index)).map(({ id }) => id)],
      left: lasting.filter(concerned).flatMap(({ index }) => effects[index]?.left ?? []),
    };
  });
  const pairs = reducedOrder(undoable, above);
  return { failurePoints, undoneBefore: [...pairs, ...aroundPairs(after, undoable, pairs, last)] };
}

/** Ledger path of the undo of the workflow itself. */
const WHOLE = '(workflow)';

/** Undos of the errors block, which are made first: it has run when the undoing begins. */
const undosOfErrors = ({ graphs, catalog }: Model): string[] =>
  [...graphs.errors.nodes]
    .reverse()
    .filter(({ step }) => step.compensate !== undefined && !isInterpreted(catalog, step))
    .map(({ id }) => `errors/${id}`);

/** What is undone before and after all main steps; pairs that follow from others are left out. */
function aroundPairs(
  before: readonly string[],
  undoable: readonly StepNode[],
  pairs: readonly (readonly [string, string])[],
  last: readonly string[],
): [string, string][] {
  const later = new Set(pairs.map(([, second]) => second));
  const earlier = new Set(pairs.map(([first]) => first));
  const firsts = undoable.filter(({ id }) => !later.has(id)).map(({ id }) => id);
  const lasts = undoable.filter(({ id }) => !earlier.has(id)).map(({ id }) => id);
  const cross = (from: readonly string[], to: readonly string[]): [string, string][] =>
    from.flatMap((first) => to.map((second): [string, string] => [first, second]));
  if (undoable.length === 0) return cross(before, last);
  return [...cross(before, firsts), ...cross(lasts, last)];
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
