/** Warns of inputs that no expression reads. */
import { childPath } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';

export function unusedInputs({ facts, sites, report }: CheckContext): void {
  const used = new Set<string>();
  for (const reference of sites.flatMap((site) => site.references)) {
    if (reference.root !== 'inputs') continue;
    const name = reference.path[0];
    // `inputs` as a whole, or by a computed name, may be any of them.
    if (typeof name !== 'string') return;
    used.add(name);
  }
  if (sites.some((site) => site.error !== undefined)) return;
  for (const entry of facts.inputs.values()) {
    if (used.has(entry.key)) continue;
    report({
      severity: 'warning',
      code: 'UNUSED_INPUT',
      span: entry.keySpan,
      path: childPath('inputs', entry.key),
      message: `no expression reads the input "${entry.key}"`,
    });
  }
}
