/** Does a step that waits for an event of its own run get one? Somebody outside may send it too, but nobody can count on that. */
import type { StepNode } from './block-graph.ts';
import { BIT } from './fate.ts';
import { budgetNote } from './joins.ts';
import { type Model, placeOf } from './model.ts';
import type { SeenRun } from './play.ts';
import type { Finding } from './proof.ts';
import { search } from './search.ts';
import { showing } from './showing.ts';

/** Asked are the main steps that wait without a limit for an event that other main steps send. */
export function questionWaits(model: Model): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  for (const node of model.graphs.steps.nodes) {
    const event = eventOf(model, node, 'awaits');
    if (event === undefined || isLimited(model, node)) continue;
    const senders = model.graphs.steps.nodes.filter((each) => eventOf(model, each, 'sends') === event);
    if (senders.length === 0) continue;
    asked.push(node.id);
    const finding = findingAbout(model, node, { event, senders });
    if (finding !== undefined) findings.push(finding);
  }
  return { asked, findings };
}

/** The name of the event a step sends or awaits, where it is written out. */
function eventOf({ catalog }: Model, { step }: StepNode, does: 'sends' | 'awaits'): string | undefined {
  const event = catalog.get(step.kind)?.event;
  const name = event?.does === does ? step.fields[event.field] : undefined;
  return typeof name === 'string' && !name.includes('${{') ? name : undefined;
}

const isLimited = ({ plan }: Model, { step }: StepNode): boolean =>
  step.timeoutMs !== undefined || step.totalTimeoutMs !== undefined || plan.timeoutMs !== undefined;

function findingAbout(
  model: Model,
  node: StepNode,
  { event, senders }: { event: string; senders: readonly StepNode[] },
): Finding | undefined {
  if (!mayMiss(model, node, senders)) return undefined;
  const base = {
    question: 'waits' as const,
    span: node.step.fieldSpans.event ?? node.step.span,
    path: placeOf(model, 'steps', node, 'event'),
    step: node.id,
  };
  const isStuck = ({ steps }: SeenRun): boolean =>
    steps.begun.has(node.id) &&
    !steps.ends.has(node.id) &&
    senders.every(({ id }) => {
      const end = steps.ends.get(id);
      return end === undefined || end === 'skipped' || end === 'canceled';
    });
  const run = search(model, {
    focus: { steps: [node.index, ...senders.map(({ index }) => index)] },
    goal: isStuck,
    suspects: senders.map(({ id }) => id),
    pending: [node.id],
  });
  if (run === undefined || run === 'none')
    return {
      ...base,
      answer: 'unknown',
      severity: 'note',
      code: 'NOT_PROVED',
      message: `not proved: that "${node.id}" gets its event in every run${budgetNote(model)}`,
    };
  const [first] = senders;
  const end = run.steps.ends.get(first?.id ?? '');
  return {
    ...base,
    answer: 'refuted',
    severity: 'warning',
    code: 'WAIT_MAY_NOT_END',
    message: `"${node.id}" may wait for ever: ${senders.map(({ id }) => `"${id}"`).join(', ')}, which ${senders.length === 1 ? 'sends' : 'send'} "${event}", ${end === undefined ? 'comes after it' : `may be ${end}`}`,
    hint: 'give the wait a "timeout", or let it need what the event depends on',
    ...showing(model, run, `${node.id} waits for "${event}", and nothing in the run sends it`),
  };
}

const UNSENT = BIT.skipped | BIT.canceled;

/** In some world it may begin while each of the senders may not be begun. */
const mayMiss = ({ possible, graphs }: Model, node: StepNode, senders: readonly StepNode[]): boolean =>
  possible.steps.some(
    ({ begins, any }) =>
      begins[node.index] === true &&
      senders.every(({ index }) => graphs.steps.above.has(index, node.index) || (any[index]! & UNSENT) !== 0),
  );
