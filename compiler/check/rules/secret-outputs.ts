/** Warns when a secret leaves the run as one of its outputs. */
import { child } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { referenceSpan } from '../reference-span.ts';

export function secretOutputs({ doc, facts, sites, report }: CheckContext): void {
  for (const site of sites) {
    if (site.role !== 'outputs') continue;
    for (const reference of site.references) {
      const name = reference.path[0];
      const secretInput =
        reference.root === 'inputs' &&
        typeof name === 'string' &&
        isSecret(child(facts.inputs.get(name)?.value, 'secret'));
      if (!secretInput && reference.root !== 'secrets') continue;
      report({
        severity: 'warning',
        code: 'SECRET_IN_OUTPUTS',
        span: referenceSpan(doc.source, { site, reference }),
        path: site.path,
        message: 'an output holds a secret; it will be shown and stored as ***',
      });
    }
  }
}

function isSecret(node: ReturnType<typeof child>): boolean {
  return node?.type === 'scalar' && node.value === true;
}
