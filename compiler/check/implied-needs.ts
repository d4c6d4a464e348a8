/** Needs that follow from references: a step that reads `steps.x` of its own block runs after x. */
import type { Reference } from '../expr/index.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { StepFacts, WorkflowFacts } from './facts.ts';

export interface ImpliedNeed {
  id: string;
  site: ExpressionSite;
  reference: Reference;
}

/** By step; explicit needs are left out, each id comes once, in source order. References of a compensation imply nothing. */
export function impliedNeeds(
  facts: WorkflowFacts,
  sites: readonly ExpressionSite[],
): Map<StepFacts, ImpliedNeed[]> {
  const implied = new Map<StepFacts, ImpliedNeed[]>();
  const seen = new Map<StepFacts, Set<string>>();
  for (const site of sites) {
    const step = site.step;
    if (step === undefined || step.undoes !== undefined) continue;
    for (const reference of site.references) {
      const id = reference.path[0];
      if (reference.root !== 'steps' || typeof id !== 'string') continue;
      if (id === step.id || !facts.ids[step.block].has(id)) continue;
      let known = seen.get(step);
      if (known === undefined) {
        known = new Set(step.needs.map((need) => need.id));
        seen.set(step, known);
      }
      if (known.has(id)) continue;
      known.add(id);
      const list = implied.get(step);
      if (list === undefined) implied.set(step, [{ id, site, reference }]);
      else list.push({ id, site, reference });
    }
  }
  return implied;
}
