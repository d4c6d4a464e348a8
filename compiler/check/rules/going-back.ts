/** A step that may send the run back names an earlier step that it needs, and is neither an item nor an undo. */
import { child, childPath, textOf } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';
import { didYouMean } from '../nearest.ts';

export function goingBack({ facts, implied, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    const field = step.kind?.backField;
    const node = field === undefined ? undefined : child(step.node, field);
    const to = node === undefined ? undefined : textOf(node);
    if (field === undefined || node === undefined || to === undefined) continue;
    const at = { code: 'BAD_WAY_BACK', span: node.span, path: childPath(step.path, field) };
    const ids = facts.ids[step.block];
    if (!ids.has(to)) {
      report({
        ...at,
        message: `"${field}" names "${to}", which is no step of "${step.block}"`,
        hint: () => didYouMean(to, ids.keys()),
      });
    } else if (step.undoes !== undefined || step.iterates) {
      const what = step.undoes === undefined ? 'one item of a fan-out' : 'an undo';
      report({ ...at, message: `"${field}" has no meaning here: ${what} cannot send the run back` });
    } else if (!needsOf(step, ids, implied).has(to)) {
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
