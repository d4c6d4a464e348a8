/** `--format svg`: a drawing with its style, complete in itself. */
import { STATUS_STYLES, STATUSES } from './status-style.ts';
import type { StepNode } from './step-node.ts';
import type { Drawing } from './svg-dag.ts';
import { escaped, rect, round, textShape, textWidth } from './svg-shapes.ts';
import { svgStyle } from './svg-theme.ts';

const MARGIN = 24;
const LEGEND = 34;

/** @param steps For the legend: the statuses that occur. */
export function svgPage(drawing: Drawing, title: string, steps: Iterable<StepNode>): string {
  const legend = legendShapes(steps, drawing.height + LEGEND);
  const width = Math.ceil(Math.max(drawing.width, legend.width) + 2 * MARGIN);
  const height = Math.ceil(drawing.height + 2 * MARGIN + (legend.shapes.length === 0 ? 0 : LEGEND));
  const left = round((width - drawing.width) / 2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="workflow" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>\n${svgStyle()}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<g transform="translate(${left} ${MARGIN})">`,
    ...drawing.shapes,
    '</g>',
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...legend.shapes,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function legendShapes(steps: Iterable<StepNode>, y: number): { width: number; shapes: string[] } {
  const used = new Set(Array.from(steps, (step) => step.status));
  const shapes: string[] = [];
  let x = 0;
  for (const status of STATUSES) {
    if (!used.has(status)) continue;
    shapes.push(`<g class="step status-${status}">${rect({ x, y: y - 10, width: 14, height: 14 }, 3)}</g>`);
    const label = `${STATUS_STYLES[status].symbol} ${status}`;
    shapes.push(textShape(label, x + 20, y + 1, 'sub'));
    x += textWidth(label) + 40;
  }
  return { width: x, shapes };
}
