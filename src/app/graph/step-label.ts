/** What is written into a step's box, by formats that have only one line of text for it. */
import type { GroupChart, StepChart } from './chart.ts';
import type { CrowdNode } from './dag.ts';
import { countsText, type StatusCounts, type StepNode } from './step-node.ts';

/** `build: Build the app (if, waits for lint)`. */
export function stepLabel(step: StepNode, waitsFor: readonly string[] = []): string {
  return withMarks(step.name === undefined ? step.id : `${step.id}: ${step.name}`, step, waitsFor);
}

/** `title (for each, 3 success, waits for lint)`. */
export function withMarks(title: string, step: StepNode, waitsFor: readonly string[] = []): string {
  const marks = [...step.marks];
  if (step.items !== undefined) marks.push(countsText(step.items));
  if (waitsFor.length > 0) marks.push(`waits for ${namesText(waitsFor)}`);
  return marks.length === 0 ? title : `${title} (${marks.join(', ')})`;
}

export function chartStepLabel({ step, waitsFor }: StepChart): string {
  return stepLabel(step, waitsFor);
}

/** `… and 970 more (900 success, 70 waiting)`. */
export function moreLabel(hidden: number, counts: StatusCounts): string {
  const text = countsText(counts);
  return `… and ${hidden} more${text === '' ? '' : ` (${text})`}`;
}

export function crowdLabel({ hidden, counts }: CrowdNode): string {
  return moreLabel(hidden, counts);
}

/** The first few names. */
export function namesText(names: readonly string[]): string {
  return names.length <= 4
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

/** `3 at once (waits for lint)`. */
export function groupTitle(group: GroupChart): string {
  const count = group.children.length + group.hidden;
  const waits = group.waitsFor.length === 0 ? '' : ` (waits for ${namesText(group.waitsFor)})`;
  switch (group.type) {
    case 'fleet':
      return `fleet of ${count}${waits}`;
    case 'fork':
      return `${count} at once${waits}`;
    case 'sequence':
      return `${count} in sequence${waits}`;
  }
}
