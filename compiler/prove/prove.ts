/** Proofs about a workflow before it runs: what always holds, what fails to and how, and what is left open. Pure. */
import type { StepCatalog } from '../catalog.ts';
import type { Plan } from '../plan.ts';
import { questionDeadSteps } from './dead-steps.ts';
import { questionHandlers } from './handlers.ts';
import { questionJoins } from './joins.ts';
import { type Model, modelOf, SEARCH_GATES } from './model.ts';
import { questionPools, type SlotWorld } from './pools.ts';
import { type Finding, type Proof, QUESTIONS, type Question, type QuestionAnswer } from './proof.ts';
import { questionReferences } from './references.ts';
import type { SliceExplorer } from './slice.ts';
import { undoOrder } from './undo-order.ts';
import { questionWaits } from './waits.ts';

export interface ProveOptions {
  catalog: StepCatalog;
  /** Text the plan was made from, for exact places. */
  source: string;
  /** File of the workflow, for children with relative paths. */
  file?: string;
  slots: SlotWorld;
  /** Looks at every state of small regions where the searches leave something open, and checks traces. @default none */
  explorer?: SliceExplorer;
}

/** Takes time near-linear in the size of the workflow; the searches for each question share a bound, and what it leaves open is said. */
export function prove(plan: Plan, options: ProveOptions): Proof {
  const model = modelOf(plan, options.source, options.catalog, options.explorer);
  const within = <T>(ask: () => T): T => {
    model.budget.gates = SEARCH_GATES;
    return ask();
  };
  const asked: Record<Question, { asked: string[]; findings: Finding[] }> = {
    joins: within(() => questionJoins(model)),
    steps: within(() => questionDeadSteps(model)),
    handlers: within(() => questionHandlers(model)),
    references: within(() => questionReferences(model)),
    waits: within(() => questionWaits(model)),
    pools: questionPools(model, options.slots, options.file),
  };
  const findings = Object.values(asked).flatMap((each) => each.findings);
  return {
    answers: QUESTIONS.map((question) => answerTo(question, asked[question].asked, asked[question].findings)),
    findings: findings.sort((a, b) => a.span.start - b.span.start),
    ...undoOrder(model, options.slots.child, options.file),
    assumptions: assumptionsOf(model),
  };
}

function answerTo(
  question: Question,
  asked: readonly string[],
  findings: readonly Finding[],
): QuestionAnswer {
  const refuted = findings.filter(({ answer }) => answer === 'refuted').length;
  const unknown = findings.length - refuted;
  return { question, asked: asked.length, proved: asked.length - refuted - unknown, refuted, unknown };
}

function assumptionsOf({ worlds, plan }: Model): string[] {
  return [
    'nobody cancels the run',
    ...(plan.timeoutMs === undefined ? [] : ['the run stays within its timeout']),
    ...(worlds.dropped.length === 0
      ? []
      : [
          `${worlds.dropped.join(', ')} may have any value in each condition: there are too many combinations`,
        ]),
  ];
}
