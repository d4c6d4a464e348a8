/** A step's pool is one of the workflow's or of the configuration, and the step is one that takes slots. */
import { child, childPath, textOf } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { allSteps } from '../facts.ts';
import { didYouMean } from '../nearest.ts';

export function pools({ facts, configuredPools, report }: CheckContext): void {
  const known = new Set([...facts.pools.keys(), ...configuredPools]);
  for (const step of allSteps(facts)) {
    const node = child(step.node, 'pool');
    if (node !== undefined && step.kind?.takesSlot === false) {
      report({
        code: 'POOL_WITHOUT_SLOT',
        span: node.span,
        path: childPath(step.path, 'pool'),
        message: `a step of kind ${step.kind.kind} waits or delegates; it takes no slot of a pool`,
        hint: 'put the pool on the steps that do the work',
      });
      continue;
    }
    const name = textOf(node);
    if (node === undefined || name === undefined || name === '' || known.has(name)) continue;
    report({
      code: 'UNKNOWN_POOL',
      span: node.span,
      path: childPath(step.path, 'pool'),
      message: `there is no pool "${name}"`,
      hint: didYouMean(name, known) ?? `declare it: "pools: { ${name}: 2 }"`,
    });
  }
}
