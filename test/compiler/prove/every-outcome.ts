/** All runs of a small random workflow: every choice of failing steps, in several orders, by the reference scheduler. */
import { type End, type RandomStep, type RandomWorkflow, schedule } from '../../proof/reference-scheduler.ts';

export interface Outcome {
  ends: ReadonlyMap<string, End>;
  /** Steps that did their work. */
  begun: ReadonlySet<string>;
  /** Steps that broke, allowed or not. */
  broke: ReadonlySet<string>;
  failed: boolean;
  /** Steps whose turn comes when a join ends them: either may be first. */
  either: ReadonlySet<string>;
}

/** @param reads whether steps read the output of their needs, so that they break when there is none. */
export function everyOutcome(workflow: RandomWorkflow, reads: boolean): Outcome[] {
  const plain = workflow.steps.filter(({ join }) => join === undefined);
  const outcomes: Outcome[] = [];
  for (let mask = 0; mask < 2 ** plain.length; mask++) {
    const failing = new Set(plain.filter((_, at) => (mask & (1 << at)) !== 0).map(({ id }) => id));
    for (const order of ORDERS) outcomes.push(outcomeOf(workflow, failing, order, reads));
  }
  return outcomes;
}

/** When a step ends: by its place, and whether it fails. */
type Order = (at: number, fails: boolean, count: number) => number;
const ORDERS: readonly Order[] = [
  (at) => at,
  (at, _, count) => count - at,
  (at, fails) => (fails ? at : at + 100),
  (at, fails) => (fails ? at + 100 : at),
  (at, fails, count) => (fails ? count - at : count - at + 100),
  (at, fails, count) => (fails ? count - at + 100 : count - at),
  (at) => (at * 7) % 5,
  (at) => (at * 3) % 7,
  (at) => 2 ** at,
  (at, _, count) => 2 ** (count - at),
];

function outcomeOf(
  workflow: RandomWorkflow,
  chosen: ReadonlySet<string>,
  order: Order,
  reads: boolean,
): Outcome {
  const failing = new Set(chosen);
  for (;;) {
    const steps = workflow.steps.map((step, at): RandomStep => {
      const fails = failing.has(step.id);
      return { ...step, fails, ms: 1 + order(at, chosen.has(step.id), workflow.steps.length) * 64 + at };
    });
    const run = schedule({ ...workflow, steps });
    const more = reads ? steps.filter((step) => !step.fails && readsNothing(step, run, steps)) : [];
    if (more.length === 0) return describe(run, steps);
    for (const { id } of more) failing.add(id);
  }
}

type Run = ReturnType<typeof schedule>;

/** A step that began although one of its needs has no output. */
export function readsNothing(
  step: RandomStep,
  { ends, seen }: Pick<Run, 'ends' | 'seen'>,
  steps: readonly RandomStep[],
): boolean {
  if (!seen.has(step.id)) return false;
  return step.needs.some((id) => {
    const need = steps.find((each) => each.id === id);
    const end = ends.get(id);
    if (need?.join !== undefined) return end === 'skipped' || end === 'canceled';
    return end !== 'success' || need?.fails === true;
  });
}

function describe(run: Run, steps: readonly RandomStep[]): Outcome {
  const begun = new Set(run.seen.keys());
  const broke = new Set(steps.filter((step) => step.fails && run.seen.has(step.id)).map(({ id }) => id));
  for (const step of steps) {
    if (
      step.join === undefined ||
      run.ends.get(step.id) === 'skipped' ||
      run.ends.get(step.id) === 'canceled'
    )
      continue;
    begun.add(step.id);
    const count = (end: End): number => step.needs.filter((id) => run.ends.get(id) === end).length;
    const wanted = step.join === 'all' ? step.needs.length - count('skipped') : step.join;
    if (count('success') < wanted) broke.add(step.id);
  }
  return { ends: run.ends, begun, broke, failed: run.failures.length > 0, either: run.either };
}
