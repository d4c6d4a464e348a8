/** Status colours in mermaid: one class definition per status that occurs. */
import type { StepStatus } from '../../store/port.ts';
import { STATUS_STYLES, STATUSES } from './status-style.ts';

/** `classDef` lines for the statuses in use, and one `class` line each. */
export function statusClasses(idsByStatus: ReadonlyMap<StepStatus, readonly string[]>): string[] {
  return STATUSES.filter((status) => idsByStatus.has(status)).flatMap((status) => {
    const { fill, stroke, text } = STATUS_STYLES[status];
    const dashed = status === 'skipped' ? ',stroke-dasharray:4 3' : '';
    return [
      `  classDef ${status} fill:${fill},stroke:${stroke},color:${text}${dashed}`,
      ...inLines(idsByStatus.get(status)!).map((ids) => `  class ${ids} ${status}`),
    ];
  });
}

/** Lists of at most 50 ids, because mermaid's grammar is recursive in their length. */
function inLines(ids: readonly string[]): string[] {
  const lines: string[] = [];
  for (let from = 0; from < ids.length; from += 50) lines.push(ids.slice(from, from + 50).join(','));
  return lines;
}
