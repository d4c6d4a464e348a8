/** Is there a run in which a step begins? */
import { BLOCK_NAMES, type BlockName } from '../plan.ts';
import { coneOf, type StepNode } from './block-graph.ts';
import { fatesIn } from './fate.ts';
import { budgetNote } from './joins.ts';
import { calmScript, type Model, pathIn, placeOf } from './model.ts';
import type { SeenRun } from './play.ts';
import type { Finding } from './proof.ts';
import { search } from './search.ts';
import { showing } from './showing.ts';
import { simulate } from './simulate.ts';

export function questionDeadSteps(model: Model): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  const alive = begunWithoutFailure(model);
  for (const block of BLOCK_NAMES) {
    for (const node of model.graphs[block].nodes) {
      const path = pathIn(block, node.id);
      asked.push(path);
      if (alive.has(path)) continue;
      const finding = findingAbout(model, block, node);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return { asked, findings };
}

/** Most steps begin when all goes well in one of the worlds: found in one pass over the block each. */
function begunWithoutFailure({ graphs, worlds, calmRun }: Model): Set<string> {
  const alive = new Set<string>();
  for (const [at, world] of worlds.all.entries()) {
    const main = calmRun(at);
    for (const ties of ['joins-first', 'joins-last'] as const)
      for (const id of calmRun(at, ties).begun) alive.add(id);
    const seen = { graph: graphs.steps, ends: main.ends };
    for (const block of ['errors', 'finally'] as const) {
      if (block === 'errors' && main.failures.length === 0) continue;
      for (const id of simulate(graphs[block], calmScript(world), { main: seen }).begun)
        alive.add(pathIn(block, id));
    }
  }
  return alive;
}

function findingAbout(model: Model, block: BlockName, node: StepNode): Finding | undefined {
  const field = node.step.if === undefined ? 'needs' : 'if';
  const base = {
    question: 'steps' as const,
    span: node.step.fieldSpans[field] ?? node.step.span,
    path: placeOf(model, block, node, field),
    step: pathIn(block, node.id),
  };
  if (block === 'errors' && !mayFail(model)) return undefined;
  if (!model.possible[block].some(({ begins }) => begins[node.index] === true)) {
    return { ...base, ...dead(model, block, node) };
  }
  const beginning = beginningRun(model, block, node);
  if (beginning === 'none') return { ...base, ...dead(model, block, node) };
  if (beginning !== undefined) return undefined;
  return {
    ...base,
    answer: 'unknown',
    severity: 'note',
    code: 'NOT_PROVED',
    message: `not proved: that step "${node.id}" can begin. Nothing rules it out, but no run was found in which it does${budgetNote(model)}`,
  };
}

export const mayFail = ({ possible, plan }: Model): boolean =>
  plan.timeoutMs !== undefined || possible.steps.some(({ failing }) => failing.length > 0);

/** Steps one of which must fail for the errors block to begin, the first ones of the block. */
export function failureCandidates({ possible }: Model): number[] {
  const found = new Set<number>();
  for (const { failing } of possible.steps)
    for (const index of failing.slice(0, MAX_CANDIDATES)) found.add(index);
  return [...found].slice(0, MAX_CANDIDATES);
}

const MAX_CANDIDATES = 8;

export function beginningRun(model: Model, block: BlockName, node: StepNode): ReturnType<typeof search> {
  const goal = (run: SeenRun): boolean => run[block]?.begun.has(node.id) === true;
  const main = mainReferences(model, block, node);
  if (block !== 'errors') return search(model, { focus: { steps: main, [block]: [node.index] }, goal });
  for (const failing of failureCandidates(model)) {
    const found = search(model, { focus: { steps: [...main, failing], errors: [node.index] }, goal });
    if (found !== undefined && found !== 'none') return found;
  }
  return undefined;
}

/** Main steps that the conditions of a step of another block look at. */
export function mainReferences({ graphs }: Model, block: BlockName, node: StepNode): number[] {
  if (block === 'steps') return [];
  const found = new Set<number>();
  for (const index of coneOf(graphs[block], [node.index])) {
    const text = graphs[block].nodes[index]!.step.if ?? '';
    for (const [, id = ''] of text.matchAll(/\bsteps\.(\w+)/g)) {
      const main = graphs[block].byId.has(id) ? undefined : graphs.steps.byId.get(id);
      if (main !== undefined) found.add(main.index);
    }
  }
  return [...found];
}

function dead(
  model: Model,
  block: BlockName,
  node: StepNode,
): Pick<Finding, 'answer' | 'severity' | 'code' | 'message' | 'hint' | 'trace' | 'confirmed'> {
  const found = search(model, {
    focus: { steps: mainReferences(model, block, node), [block]: [node.index] },
    goal: (each) => each[block]?.ends.has(node.id) === true,
  });
  const run = found === 'none' ? undefined : found;
  const why = run?.[block]?.events.find(({ step }) => step === node.id)?.why;
  const message = `step "${node.id}" can never run${why === undefined ? '' : `: ${why}`}`;
  const hint = hintFor(model, block, node);
  return {
    answer: 'refuted',
    severity: 'error',
    code: 'DEAD_STEP',
    message,
    ...(hint !== undefined && { hint }),
    ...(run &&
      showing(model, run, `${node.id} is ${run[block]?.ends.get(node.id)}; no other run does better`)),
  };
}

function hintFor(model: Model, block: BlockName, node: StepNode): string | undefined {
  const condition = node.step.if ?? '';
  if (node.step.if !== undefined && !node.asksStatus && /\.(status|outcome|error)\b/.test(condition))
    return 'a step whose need failed or was skipped does not run unless its "if" says so, as in `always() && …` or `failure()`';
  const needs = node.needs.map((need) => model.graphs[block].nodes[need]!);
  const all = needs.map(({ index }) =>
    model.possible[block].reduce((set, ends) => set | ends.any[index]!, 0),
  );
  const never = needs.filter((_, at) =>
    fatesIn(all[at]!).every((fate) => fate === 'skipped' || fate === 'canceled'),
  );
  if (never.length > 0) return `${never.map(({ id }) => id).join(', ')}, which it needs, can never run`;
  if (needs.length > 1) return 'its needs never succeed in the same run; put a join before it';
  return undefined;
}
