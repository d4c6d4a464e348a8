/** Can every join be met, and what happens when it is not? */
import { BLOCK_NAMES, type BlockName } from '../plan.ts';
import { quorumOf, type StepNode } from './block-graph.ts';
import { BIT } from './fate.ts';
import { type Model, pathIn, placeOf } from './model.ts';
import type { Finding } from './proof.ts';
import { type PlanRun, search, traceOf } from './search.ts';

/** Findings about joins; a join without one is proved to be met in every run. */
export function questionJoins(model: Model): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  for (const block of BLOCK_NAMES) {
    for (const node of model.graphs[block].nodes) {
      if (node.join === undefined) continue;
      asked.push(pathIn(block, node.id));
      const finding = findingAbout(model, block, node);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return { asked, findings };
}

function findingAbout(model: Model, block: BlockName, node: StepNode): Finding | undefined {
  const possible = model.possible[block].filter(({ begins }) => begins[node.index] === true);
  // It is never judged: that is what the question about dead steps says.
  if (possible.length === 0) return undefined;
  const bad = node.step.allowFailure ? BIT.allowed : BIT.failed;
  const mayMiss = possible.some((ends) => ((ends.calm[node.index]! | ends.any[node.index]!) & bad) !== 0);
  const canMeet = possible.some((ends) => (ends.any[node.index]! & BIT.success) !== 0);
  if (!mayMiss && canMeet) return undefined;
  const missed = missedRun(model, block, node);
  const base = {
    question: 'joins' as const,
    span: node.step.fieldSpans.condition ?? node.step.fieldSpans.needs ?? node.step.span,
    path: placeOf(model, block, node, 'condition'),
    step: pathIn(block, node.id),
  };
  if (!canMeet) return { ...base, ...neverMet(node, missed) };
  if (missed === undefined) return { ...base, ...openAbout(model, node) };
  return { ...base, ...maybeMissed(block, node, missed) };
}

function missedRun(model: Model, block: BlockName, node: StepNode): PlanRun | undefined {
  const bad = node.step.allowFailure ? 'allowed' : 'failed';
  return search(model, {
    focus: { [block]: [node.index] },
    goal: (run) => {
      const blockRun = run[block];
      return blockRun?.begun.has(node.id) === true && blockRun.ends.get(node.id) === bad;
    },
  });
}

const branches = (count: number): string => `${count} of its branches`;

function neverMet(
  node: StepNode,
  missed: PlanRun | undefined,
): Pick<Finding, 'answer' | 'severity' | 'code' | 'message' | 'hint' | 'trace'> {
  const wanted = quorumOf(node, 0);
  return {
    answer: 'refuted',
    severity: 'error',
    code: 'JOIN_NEVER_MET',
    message: `join "${node.id}" can never be met: it asks for ${branches(wanted)}, and no run has so many that succeed`,
    hint: 'lower its "condition", or change the "if" of its branches so that enough of them can run together',
    ...(missed && { trace: traceOf(missed, `${node.id} fails${consequence(node)}`) }),
  };
}

function maybeMissed(
  block: BlockName,
  node: StepNode,
  run: PlanRun,
): Pick<Finding, 'answer' | 'severity' | 'code' | 'message' | 'hint' | 'trace'> {
  const others = [...(run[block]?.ends ?? [])].filter(([id]) => id !== node.id);
  const failed = others.filter(([, end]) => end === 'failed').map(([id]) => id);
  const late = run.script.timedOut.has(node.id);
  const why = run[block]?.events.find(({ step }) => step === node.id)?.why ?? 'not met';
  const byFailure = failed.length > 0 || late;
  return {
    answer: 'refuted',
    severity: byFailure ? 'note' : 'warning',
    code: late ? 'JOIN_MAY_TIME_OUT' : byFailure ? 'JOIN_MAY_FAIL' : 'JOIN_MAY_BE_UNMET',
    message: byFailure
      ? `join "${node.id}" fails when ${late ? 'its time is over' : `${failed.join(', ')} fail${failed.length === 1 ? 's' : ''}`}: ${why}`
      : `join "${node.id}" may fail although no step does: ${why}`,
    ...(!byFailure && {
      hint: 'let "condition" count only branches that run, such as "all", which leaves skipped ones out',
    }),
    trace: traceOf(run, `${node.id} fails${consequence(node)}`),
  };
}

function consequence({ step, tolerated }: StepNode): string {
  if (step.allowFailure) return ', which is allowed: what needs it goes on';
  return tolerated ? ', and the join after it judges that' : ', and the run fails';
}

function openAbout(model: Model, node: StepNode): Pick<Finding, 'answer' | 'severity' | 'code' | 'message'> {
  return {
    answer: 'unknown',
    severity: 'note',
    code: 'NOT_PROVED',
    message: `not proved: that join "${node.id}" is met in every run. Taken one by one its branches may end so that it is not, but no run was found in which they do${budgetNote(model)}`,
  };
}

export const budgetNote = ({ budget }: Model): string =>
  budget.gates <= 0 ? ' before the bound of the search' : '';
