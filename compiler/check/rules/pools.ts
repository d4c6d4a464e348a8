/** A step's pool is one of the workflow's or of the configuration. */
import { child, childPath, textOf } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { allSteps } from '../facts.ts';
import { didYouMean } from '../nearest.ts';

export function pools({ facts, configuredPools, report }: CheckContext): void {
  const known = new Set([...facts.pools.keys(), ...configuredPools]);
  for (const step of allSteps(facts)) {
    const node = child(step.node, 'pool');
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
