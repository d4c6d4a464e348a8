/** What steps do to the world, as their kinds say: which effects are undone, and which stay. Sub-workflows are followed. */
import type { StepCatalog } from '../catalog.ts';
import type { Plan, StepPlan } from '../plan.ts';

/** The plan a step's `workflow` names, as seen from the file `from`; or why it cannot be told. */
export type FindChild = (
  target: string,
  from: string | undefined,
) => { plan: Plan; file: string } | { unknown: string };

export interface Effects {
  /** Undone with the run: by its own `compensate`, or by the undos of the run it began. */
  undone: boolean;
  /** What stays: the step itself, or `step → step of the run it began`. */
  left: string[];
}

const MAX_DEPTH = 16;

/** The kind says so; a kind that says nothing is taken to have effects, unless the statechart itself interprets it. */
export function hasEffect(catalog: StepCatalog, step: StepPlan): boolean {
  const kind = catalog.get(step.kind);
  return kind?.hasEffect?.(step.fields) ?? !isInterpreted(catalog, step);
}

/** Nothing executes it, so it records no undo. */
export function isInterpreted(catalog: StepCatalog, step: StepPlan): boolean {
  const control = catalog.get(step.kind)?.control;
  return control !== undefined && control !== 'workflow';
}

interface At {
  catalog: StepCatalog;
  child: FindChild;
  file: string | undefined;
  depth?: number;
}

export function effectsOf(step: StepPlan, at: At): Effects {
  if (step.compensate !== undefined) return { undone: !isInterpreted(at.catalog, step), left: [] };
  if (step.idempotency !== undefined) return { undone: false, left: [] };
  const isCall = at.catalog.get(step.kind)?.control === 'workflow';
  const called = isCall && step.fields.detach !== true ? childEffects(step, at) : undefined;
  if (called !== undefined) return called;
  return { undone: false, left: hasEffect(at.catalog, step) ? [step.id] : [] };
}

/** @returns undefined where the child cannot be read beforehand: then all of it is an effect that stays. */
function childEffects(step: StepPlan, { catalog, child, file, depth = 0 }: At): Effects | undefined {
  const target = step.fields.workflow;
  if (typeof target !== 'string' || target.includes('${{') || depth >= MAX_DEPTH) return undefined;
  const found = child(target, file);
  if ('unknown' in found) return undefined;
  const { plan } = found;
  const within = [...plan.blocks.steps, ...plan.blocks.finally].map((each) =>
    effectsOf(each, { catalog, child, file: found.file, depth: depth + 1 }),
  );
  return {
    undone: plan.compensate !== undefined || within.some(({ undone }) => undone),
    left: within.flatMap(({ left }) => left.map((path) => `${step.id} → ${path}`)),
  };
}
