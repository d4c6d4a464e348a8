/** `steps`, `errors`, `finally`: lists of maps, not empty where steps are required, and not absurdly long. */
import { BLOCK_NAMES } from '../../plan.ts';
import { child, childPath } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { actualWords } from '../structure/words.ts';

/** Steps of one workflow, all blocks together. More items than that belong in a `foreach`. */
export const MAX_STEPS = 20_000;

export function stepLists({ facts, report }: CheckContext): void {
  let total = 0;
  for (const block of BLOCK_NAMES) {
    const list = child(facts.root, block);
    if (list === undefined) continue;
    if (list.type !== 'seq') {
      report({
        code: 'WRONG_TYPE',
        span: list.span,
        path: block,
        message: `"${block}" must be a list of steps, not ${actualWords(list)}`,
        hint: list.type === 'map' ? 'begin each step with "- id: …"' : undefined,
      });
      continue;
    }
    if (list.items.length === 0 && block === 'steps') {
      report({
        code: 'MISSING_FIELD',
        span: list.span,
        path: block,
        message: '"steps" must have at least one step',
      });
    }
    total += list.items.length;
    list.items.forEach((item, index) => {
      if (item.type === 'map') return;
      report({
        code: 'WRONG_TYPE',
        span: item.span,
        path: childPath(block, index),
        message: `a step must be a map, not ${actualWords(item)}`,
      });
    });
  }
  if (total > MAX_STEPS) {
    report({
      code: 'TOO_MANY_STEPS',
      span: facts.root.entries.get('steps')?.keySpan ?? facts.root.span,
      path: 'steps',
      message: `the workflow has ${total.toLocaleString('en')} steps; the limit is ${MAX_STEPS.toLocaleString('en')}`,
      hint: 'use "foreach" over a list',
    });
  }
}
