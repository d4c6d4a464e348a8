/** The pieces of an SVG drawing: step boxes, group frames, arrows, and text that cannot break out of its element. */
import { displayWidth, fitted, printable } from './display-text.ts';
import { STATUS_STYLES } from './status-style.ts';
import { namesText } from './step-label.ts';
import { countsText, type StepNode } from './step-node.ts';

export interface Size {
  width: number;
  height: number;
}
export interface Rect extends Size {
  x: number;
  y: number;
}
export interface Point {
  x: number;
  y: number;
}

export const STEP_HEIGHT = 46;
const ID_CELLS = 28;
const SUB_CELLS = 44;

/** What a step's box shows: its id, and below it the name or kind with marks. */
export function stepTexts(step: StepNode, waitsFor: readonly string[]): { id: string; sub: string } {
  const symbol = step.status === undefined ? '' : `${STATUS_STYLES[step.status].symbol} `;
  const parts = [step.name ?? step.kind, ...step.marks];
  if (step.items !== undefined) parts.push(countsText(step.items));
  if (waitsFor.length > 0) parts.push(`waits for ${namesText(waitsFor)}`);
  return { id: fitted(symbol + step.id, ID_CELLS), sub: fitted(parts.join(' · '), SUB_CELLS) };
}

/** Big enough for its texts in any common sans-serif font. */
export function stepSize(step: StepNode, waitsFor: readonly string[] = []): Size {
  const { id, sub } = stepTexts(step, waitsFor);
  const width = Math.max(displayWidth(id) * 8, displayWidth(sub) * 6.2) + 26;
  return { width: Math.max(96, Math.round(width)), height: STEP_HEIGHT };
}

export function stepShape(step: StepNode, at: Rect, waitsFor: readonly string[] = []): string {
  const { id, sub } = stepTexts(step, waitsFor);
  const middle = at.x + at.width / 2;
  const status = step.status === undefined ? '' : ` status-${step.status}`;
  return [
    `<g class="step${status}" data-path="${escaped(step.path)}">`,
    `<title>${escaped(stepTip(step))}</title>`,
    rect(at, 8),
    `<text class="id" x="${round(middle)}" y="${round(at.y + 20)}" text-anchor="middle">${escaped(id)}</text>`,
    `<text class="sub" x="${round(middle)}" y="${round(at.y + 36)}" text-anchor="middle">${escaped(sub)}</text>`,
    '</g>',
  ].join('');
}

/** Everything known of a step, one fact a line. */
export function stepTip(step: StepNode): string {
  return stepFacts(step)
    .map(([label, value]) => `${label}: ${value}`)
    .join('\n');
}

export function stepFacts(step: StepNode): [label: string, value: string][] {
  return [
    ['step', step.path],
    ...(step.name === undefined ? [] : ([['name', step.name]] as [string, string][])),
    ['kind', step.kind],
    ...(step.needs.length === 0 ? [] : ([['needs', step.needs.join(', ')]] as [string, string][])),
    ...(step.status === undefined ? [] : ([['status', step.status]] as [string, string][])),
    ...(step.items === undefined ? [] : ([['items', countsText(step.items)]] as [string, string][])),
    ...step.details,
  ];
}

/** A dashed box that only says something. */
export function noteShape(text: string, at: Rect): string {
  return [
    '<g class="more">',
    rect(at, 8, ' stroke-dasharray="4 3"'),
    textShape(text, at.x + at.width / 2, at.y + at.height / 2 + 4, 'sub', 'middle'),
    '</g>',
  ].join('');
}

export function noteSize(text: string): Size {
  return { width: Math.max(96, displayWidth(text) * 6.2 + 26), height: 34 };
}

export function textShape(
  text: string,
  x: number,
  y: number,
  className: string,
  anchor: 'start' | 'middle' = 'start',
): string {
  const end = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text class="${className}" x="${round(x)}" y="${round(y)}"${end}>${escaped(text)}</text>`;
}

export function textWidth(text: string): number {
  return displayWidth(text) * 6.6;
}

export function rect({ x, y, width, height }: Rect, radius: number, more = ''): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"${more}/>`;
}

/** A line through the points: straight down where they are in line, else in soft curves from one layer to the next. */
export function edgeShape(points: readonly Point[], className: string, arrow = true): string {
  const last = points.at(-1)!;
  const ends = arrow ? [...points.slice(0, -1), { x: last.x, y: last.y - 6 }] : points;
  const [start, ...rest] = ends;
  let from = start!;
  let path = `M${round(from.x)} ${round(from.y)}`;
  for (const to of rest) {
    const middle = (from.y + to.y) / 2;
    path +=
      from.x === to.x
        ? `L${round(to.x)} ${round(to.y)}`
        : `C${round(from.x)} ${round(middle)} ${round(to.x)} ${round(middle)} ${round(to.x)} ${round(to.y)}`;
    from = to;
  }
  const head = arrow ? `<path class="head" d="M${round(last.x)} ${round(last.y)}l-4 -8h8z"/>` : '';
  return `<path class="${className}" d="${path}"/>${head}`;
}

/** For text and for attributes in double quotes. */
export function escaped(text: string): string {
  return text
    .split('\n')
    .map(printable)
    .join('\n')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
