/** Needs that follow from references: a step that reads `steps.x` of its own block runs after x. */
import type { Reference } from '../expr/index.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { StepFacts, WorkflowFacts } from './facts.ts';

export interface ImpliedNeed {
  id: string;
  site: ExpressionSite;
  reference: Reference;
}

export type ImpliedNeeds = ReadonlyMap<StepFacts, readonly ImpliedNeed[]>;

/** By step; explicit needs are left out, each id comes once, in source order. References of a compensation imply nothing. */
export function impliedNeeds(facts: WorkflowFacts, sites: readonly ExpressionSite[]): ImpliedNeeds {
  const implied = new Map<StepFacts, ImpliedNeed[]>();
  for (const site of sites) {
    const { step } = site;
    if (step === undefined || step.undoes !== undefined) continue;
    for (const reference of site.references) {
      const id = reference.path[0];
      if (reference.root !== 'steps' || typeof id !== 'string') continue;
      if (id === step.id || !facts.ids[step.block].has(id)) continue;
      const list = implied.get(step) ?? [];
      if (list.some((need) => need.id === id) || step.needs.some((need) => need.id === id)) continue;
      implied.set(step, list);
      list.push({ id, site, reference });
    }
  }
  return implied;
}
