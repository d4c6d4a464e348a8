/** Which secrets a workflow reads, by itself and through the sub-workflows it names. */
import { BLOCK_NAMES, type Plan, type Span, type StepPlan } from '#compiler';
import type { CompiledWorkflow } from './prepare-run.ts';
import type { Project } from './project.ts';
import { certainCalls, targetOf } from './workflow-cycles.ts';

export interface WantedSecret {
  /** Of a reference in the workflow itself, or of the step that calls who reads it. */
  span: Span;
  /** Label of the sub-workflow that reads it. */
  by?: string;
  /** The run can do without: it stands in `default`, or in a sub-workflow that may not run. */
  optional: boolean;
}

/** By name; a place that needs it goes before one that does not. */
export function wantedSecrets(project: Project, { plan, file }: CompiledWorkflow): Map<string, WantedSecret> {
  const wanted = new Map<string, WantedSecret>();
  const add = (name: string, found: WantedSecret): void => {
    const known = wanted.get(name);
    if (known === undefined || (known.optional && !found.optional)) wanted.set(name, found);
  };
  for (const [name, { start, end, optional = false }] of Object.entries(plan.secrets ?? {}))
    add(name, { span: { start, end }, optional });
  if (file === undefined) return wanted;
  const plans = new Map<string, Plan | undefined>([[file, plan]]);
  for (const { step, isCertain } of callsOf(plan))
    visit({ project, plans, seen: new Set([file]) }, step, file, (name, by, optional) =>
      add(name, {
        span: step.fieldSpans.workflow ?? step.span,
        by,
        optional: optional || !isCertain,
      }),
    );
  return wanted;
}

interface Search {
  project: Project;
  plans: Map<string, Plan | undefined>;
  seen: Set<string>;
}

/** Files that are not there or do not compile read nothing: they fail by themselves. */
function visit(
  search: Search,
  call: StepPlan,
  from: string,
  found: (name: string, by: string, optional: boolean) => void,
): void {
  const target = targetOf(search.project, call, from, search.plans);
  const plan = target === undefined ? undefined : search.plans.get(target);
  if (target === undefined || plan === undefined || search.seen.has(target)) return;
  const seen = new Set([...search.seen, target]);
  for (const [name, { optional = false }] of Object.entries(plan.secrets ?? {}))
    found(name, String(call.fields.workflow), optional);
  for (const { step, isCertain } of callsOf(plan))
    visit({ ...search, seen }, step, target, (name, by, optional) => found(name, by, optional || !isCertain));
}

/** Steps that run a workflow whose name is written out. */
function callsOf(plan: Plan): { step: StepPlan; isCertain: boolean }[] {
  const certain = new Set(certainCalls(plan));
  const steps = BLOCK_NAMES.flatMap((block) => plan.blocks[block]);
  const all = [
    ...steps,
    ...steps.flatMap(({ compensate }) => compensate ?? []),
    ...(plan.compensate ? [plan.compensate] : []),
  ];
  return all
    .filter(({ kind, fields }) => kind === 'workflow' && isWritten(fields.workflow))
    .map((step) => ({ step, isCertain: certain.has(step) }));
}

const isWritten = (name: unknown): boolean => typeof name === 'string' && !name.includes('${{');
