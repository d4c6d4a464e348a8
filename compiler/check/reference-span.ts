/** Where a reference of an expression stands in the file. */
import type { Reference } from '../expr/index.ts';
import type { Span } from '../plan.ts';
import { sourceOffset } from '../read/scalar-offset.ts';
import type { ExpressionSite } from './expression-sites.ts';

export function referenceSpan(
  source: string,
  { site, reference }: { site: ExpressionSite; reference: Reference },
): Span {
  const start = sourceOffset(source, site.node, reference.start);
  const last = sourceOffset(source, site.node, Math.max(reference.start, reference.end - 1));
  return { start, end: Math.max(start, last) + 1 };
}
