/** A step that may send the run back names an earlier step that it needs, and is neither an item nor an undo. */
import { child, childPath, textOf } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';
import { didYouMean } from '../nearest.ts';

export function goingBack({ facts, implied, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    const way = step.kind?.wayBack;
    if (way === undefined) continue;
    const { field, when, beginning } = way;
    const node = child(step.node, field);
    const to = node === undefined ? undefined : textOf(node);
    const leads = when === undefined ? node !== undefined : textOf(child(step.node, when.field)) === when.is;
    if (leads && (step.undoes !== undefined || step.iterates)) {
      const what = step.undoes === undefined ? 'one item of a fan-out' : 'an undo';
      report({
        code: 'BAD_WAY_BACK',
        span: (node ?? step.node).span,
        path: step.path,
        message: `${what} cannot send the run back`,
      });
      continue;
    }
    if (node === undefined || to === undefined || to === beginning) continue;
    const at = { code: 'BAD_WAY_BACK', span: node.span, path: childPath(step.path, field) };
    const ids = leads ? facts.ids[step.block] : new Map([...facts.ids.steps, ...facts.ids[step.block]]);
    if (!ids.has(to)) {
      report({
        ...at,
        message: `"${field}" names "${to}", which is no step of "${step.block}"`,
        hint: () => didYouMean(to, ids.keys()),
      });
    } else if (leads && !needsOf(step, ids, implied).has(to)) {
      report({
        ...at,
        message: `"${field}" names "${to}", which "${step.id}" does not need, directly or not`,
        hint: `add it to "needs", so that it is always before`,
      });
    }
  }
}

/** All ids the step needs, directly or not. */
function needsOf(
  step: StepFacts,
  ids: ReadonlyMap<string, StepFacts>,
  implied: CheckContext['implied'],
): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (each: StepFacts): void => {
    for (const { id } of [...each.needs, ...(implied.get(each) ?? [])]) {
      const need = ids.get(id);
      if (need === undefined || found.has(id)) continue;
      found.add(id);
      visit(need);
    }
  };
  visit(step);
  return found;
}
