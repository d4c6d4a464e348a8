/** Can every handler run: the errors block, and every undo? */
import type { StepNode } from './block-graph.ts';
import { failureCandidates, mayFail } from './dead-steps.ts';
import { budgetNote } from './joins.ts';
import { type Model, pathIn, placeOf } from './model.ts';
import type { Finding } from './proof.ts';
import { search, traceOf } from './search.ts';
import { simulate } from './simulate.ts';

export function questionHandlers(model: Model): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  const errors = model.plan.blocks.errors;
  if (errors.length > 0) {
    asked.push('errors');
    if (!mayFail(model)) findings.push(unreachableErrors(model));
  }
  for (const block of ['steps', 'errors', 'finally'] as const) {
    for (const node of model.graphs[block].nodes) {
      if (node.step.compensate === undefined) continue;
      asked.push(`compensate/${pathIn(block, node.id)}`);
      // In `errors` the run has failed already; what is in `finally` comes after all undos and is reported by the checks.
      const finding = block === 'steps' ? findingAboutUndo(model, node) : undefined;
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
  const script = {
    world: worlds.all[0]!,
    ends: new Map(
      graphs.steps.nodes.filter(({ canFail }) => canFail).map(({ id }) => [id, 'failed' as const]),
    ),
    unmet: new Set<string>(),
    timedOut: new Set<string>(),
    order: 'deviants-first' as const,
  };
  return traceOf({ script, steps: simulate(graphs.steps, script, undefined), cone: [] }, then);
}

function findingAboutUndo(model: Model, node: StepNode): Finding | undefined {
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
  const control = model.catalog.get(node.step.kind)?.control;
  if (control === 'join' || control === 'suspend')
    return refuted(`a ${node.step.kind} step has no effect, so nothing is recorded to be undone`);
  const possible = model.possible.steps.filter(({ begins }) => begins[node.index] === true);
  if (possible.length === 0 || model.plan.timeoutMs !== undefined) return undefined;
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
