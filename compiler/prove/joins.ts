/** Can every join be met, and what happens when it is not? */
import { BLOCK_NAMES, type BlockName } from '../plan.ts';
import { quorumOf, type StepNode } from './block-graph.ts';
import { BIT, type Fate } from './fate.ts';
import { type Model, pathIn, placeOf } from './model.ts';
import type { PlanRun } from './play.ts';
import type { Finding } from './proof.ts';
import { search } from './search.ts';
import { showing } from './showing.ts';

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
  const bad: Fate = node.step.allowFailure ? 'allowed' : 'failed';
  const mayMiss = possible.some(
    (ends) => ((ends.calm[node.index]! | ends.any[node.index]!) & BIT[bad]) !== 0,
  );
  const canMeet = possible.some((ends) => (ends.any[node.index]! & BIT.success) !== 0);
  const met = canMeet ? (metCalmly(model, block, node) ?? judgedRun(model, block, node, 'success')) : 'none';
  const missed = mayMiss || met === 'none' ? judgedRun(model, block, node, bad) : 'none';
  if (missed === 'none' && met !== 'none') return undefined;
  const base = {
    question: 'joins' as const,
    span: node.step.fieldSpans.condition ?? node.step.fieldSpans.needs ?? node.step.span,
    path: placeOf(model, block, node, 'condition'),
    step: pathIn(block, node.id),
  };
  if (met === 'none') return { ...base, ...neverMet(model, node, missed === 'none' ? undefined : missed) };
  if (met === undefined) return { ...base, ...openAbout(model, `that join "${node.id}" can be met`) };
  if (missed === undefined || missed === 'none')
    return { ...base, ...openAbout(model, `that join "${node.id}" is met in every run`) };
  return { ...base, ...maybeMissed(model, block, node, missed) };
}

/** Whether it is met when all goes well, which needs no search. */
const metCalmly = ({ worlds, calmRun }: Model, block: BlockName, { id }: StepNode): true | undefined =>
  block === 'steps' && worlds.all.some((_, at) => calmRun(at).ends.get(id) === 'success') ? true : undefined;

/** A run in which the join is judged and ends so. */
function judgedRun(model: Model, block: BlockName, node: StepNode, end: Fate): ReturnType<typeof search> {
  return search(model, {
    focus: { [block]: [node.index] },
    suspects: node.needs.map((need) => model.graphs[block].nodes[need]!.id),
    goal: (run) => {
      const blockRun = run[block];
      return blockRun?.begun.has(node.id) === true && blockRun.ends.get(node.id) === end;
    },
  });
}

const branches = (count: number): string => `${count} of its branches`;

function neverMet(
  model: Model,
  node: StepNode,
  missed: PlanRun | undefined,
): Pick<Finding, 'answer' | 'severity' | 'code' | 'message' | 'hint' | 'trace' | 'confirmed'> {
  const wanted = quorumOf(node, 0);
  return {
    answer: 'refuted',
    severity: 'error',
    code: 'JOIN_NEVER_MET',
    message: `join "${node.id}" can never be met: it asks for ${branches(wanted)}, and no run has so many that succeed`,
    hint: 'lower its "condition", or change the "if" of its branches so that enough of them can run together',
    ...(missed && showing(model, missed, `${node.id} fails${consequence(node)}`)),
  };
}

function maybeMissed(
  model: Model,
  block: BlockName,
  node: StepNode,
  run: PlanRun,
): Pick<Finding, 'answer' | 'severity' | 'code' | 'message' | 'hint' | 'trace' | 'confirmed'> {
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
    ...showing(model, run, `${node.id} fails${consequence(node)}`),
  };
}

function consequence({ step, judges }: StepNode): string {
  if (step.allowFailure) return ', which is allowed: what needs it goes on';
  return judges.length > 0 ? ', and the join after it judges that' : ', and the run fails';
}

function openAbout(model: Model, what: string): Pick<Finding, 'answer' | 'severity' | 'code' | 'message'> {
  return {
    answer: 'unknown',
    severity: 'note',
    code: 'NOT_PROVED',
    message: `not proved: ${what}. What its branches do depends on one another, and the region is too large to look at all of its states${budgetNote(model)}`,
  };
}

export const budgetNote = ({ budget }: Model): string =>
  budget.gates <= 0 || budget.transitions <= 0 ? '; the bound of the searches is used up' : '';
