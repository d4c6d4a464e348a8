/** Can every handler run: the errors block, and every undo? */
import type { StepNode } from './block-graph.ts';
import { failureCandidates, mayFail } from './dead-steps.ts';
import { isInterpreted } from './effects.ts';
import { budgetNote } from './joins.ts';
import { calmScript, type Model, pathIn, placeOf } from './model.ts';
import type { Finding } from './proof.ts';
import { search, traceOf } from './search.ts';
import { type Order, type Script, simulate } from './simulate.ts';
import type { World } from './worlds.ts';

export function questionHandlers(model: Model): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  const errors = model.plan.blocks.errors;
  if (errors.length > 0) {
    asked.push('errors');
    if (!mayFail(model)) findings.push(unreachableErrors(model));
  }
  const hasUndo = model.graphs.steps.nodes.some(({ step }) => step.compensate !== undefined);
  const isUndone = hasUndo ? begunBeforeFailure(model) : new Set<string>();
  for (const block of ['steps', 'errors', 'finally'] as const) {
    for (const node of model.graphs[block].nodes) {
      if (node.step.compensate === undefined) continue;
      asked.push(`compensate/${pathIn(block, node.id)}`);
      // In `errors` the run has failed already; what is in `finally` comes after all undos and is reported by the checks.
      const finding = block === 'steps' ? findingAboutUndo(model, node, isUndone) : undefined;
      if (finding !== undefined) findings.push(finding);
    }
  }
  return { asked, findings };
}

const NOBODY_FAILS =
  'no step can fail the run: whatever may fail is allowed to, or judged by a join that is met without it';

function unreachableErrors(model: Model): Finding {
  const steps = model.plan.blocks.errors;
  const span = { start: steps[0]!.span.start, end: steps.at(-1)!.span.end };
  return {
    question: 'handlers',
    answer: 'refuted',
    severity: 'warning',
    code: 'HANDLER_UNREACHABLE',
    message: `"errors" can never run: ${NOBODY_FAILS}`,
    hint: 'remove it, or the "allowFailure" that keeps failures from it',
    span,
    path: 'errors',
    step: '',
    trace: allGoesWell(model, 'the run has succeeded, and nothing else could have been'),
  };
}

function allGoesWell({ graphs, worlds }: Model, then: string): NonNullable<Finding['trace']> {
  const failing = graphs.steps.nodes.filter(({ canFail }) => canFail).map(({ id }) => id);
  const script = failingScript(worlds.all[0]!, failing);
  return traceOf({ script, steps: simulate(graphs.steps, script), cone: [] }, then);
}

const failingScript = (
  world: World,
  ids: readonly string[],
  first: Order['ends'] = 'deviants-first',
): Script => ({
  ...calmScript(world),
  ends: new Map(ids.map((id) => [id, 'failed' as const])),
  order: { ends: first, ties: 'joins-first' },
});

/** Runs in which the last of the steps that can fail does so: most undos run in one of them. */
const MAX_LAST_FAILURES = 3;
const MAX_RUNS = 24;

function begunBeforeFailure({ graphs, worlds, possible }: Model): Set<string> {
  const begun = new Set<string>();
  let runs = 0;
  for (const [at, world] of worlds.all.entries()) {
    for (const index of (possible.steps[at]?.failing ?? []).slice(-MAX_LAST_FAILURES)) {
      if (runs++ >= MAX_RUNS) return begun;
      const script = failingScript(world, [graphs.steps.nodes[index]!.id], 'deviants-last');
      const run = simulate(graphs.steps, script);
      if (run.failures.length > 0) for (const id of run.begun) begun.add(id);
    }
  }
  return begun;
}

function findingAboutUndo(model: Model, node: StepNode, isUndone: ReadonlySet<string>): Finding | undefined {
  const base = {
    question: 'handlers' as const,
    span: node.step.fieldSpans.compensate ?? node.step.span,
    path: placeOf(model, 'steps', node, 'compensate'),
    step: pathIn('steps', node.id),
  };
  const refuted = (why: string, trace?: Finding['trace']): Finding => ({
    ...base,
    answer: 'refuted',
    severity: 'warning',
    code: 'UNDO_UNREACHABLE',
    message: `the undo of "${node.id}" can never run unless somebody cancels the run: ${why}`,
    hint: 'remove "compensate", or let a failure after it fail the run',
    ...(trace && { trace }),
  });
  if (isInterpreted(model.catalog, node.step))
    return refuted(`a ${node.step.kind} step has no effect, so nothing is recorded to be undone`);
  const possible = model.possible.steps.filter(({ begins }) => begins[node.index] === true);
  if (possible.length === 0 || model.plan.timeoutMs !== undefined) return undefined;
  if (isUndone.has(node.id)) return undefined;
  if (possible.every(({ failing }) => failing.length === 0))
    return refuted(NOBODY_FAILS, allGoesWell(model, `${node.id} is kept`));
  const candidates = [node.index, ...failureCandidates(model)].filter((index) =>
    possible.some(({ failing }) => failing.includes(index)),
  );
  for (const failing of candidates) {
    const found = search(model, {
      focus: { steps: [node.index, failing] },
      deviations: { min: 1 },
      suspects: [model.graphs.steps.nodes[failing]!.id],
      goal: ({ steps }) => steps.begun.has(node.id) && steps.failures.length > 0,
    });
    if (found !== undefined && found !== 'none') return undefined;
  }
  return {
    ...base,
    answer: 'unknown',
    severity: 'note',
    code: 'NOT_PROVED',
    message: `not proved: that the undo of "${node.id}" can run. No run was found in which it is to be undone${budgetNote(model)}`,
  };
}
