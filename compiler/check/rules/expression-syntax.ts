/** Every expression can be parsed. The expression engine says what is wrong; here its offset becomes a place in the file. */
import { sourceOffset } from '../../read/scalar-offset.ts';
import type { CheckContext } from '../context.ts';

export function expressionSyntax({ doc, sites, report }: CheckContext): void {
  for (const site of sites) {
    const { error } = site;
    if (error === undefined) continue;
    const start = sourceOffset(doc.source, site.node, error.offset);
    report({
      code: error.code,
      span: { start, end: Math.max(start + 1, Math.min(start + 1, site.node.span.end)) },
      path: site.path,
      message: error.message,
      hint: error.hint,
    });
  }
}
