/** The stages of a run as SVG: one frame below the other, with the ways between them at the right. */
import type { RunFrame, Stage, StageTransition } from './run-frame.ts';
import { svgChart } from './svg-chart.ts';
import type { Drawing } from './svg-dag.ts';
import { edgeShape, type Rect, rect, round, textShape, textWidth } from './svg-shapes.ts';

const GAP = 44;
const PAD = 20;
const TITLE = 30;
/** Between the ways that pass by a stage. */
const WAY_GAP = 26;

export function svgFrame({ stages, transitions }: RunFrame): Drawing {
  const only = stages.length === 1 ? stages[0]?.chart : undefined;
  const boxes = only === undefined ? stages.map(stageBox) : [{ key: 'working', ...svgChart(only) }];
  const width = Math.max(...boxes.map((box) => box.width));
  const rects = new Map<string, Rect>();
  const shapes: string[] = [];
  let y = 24;
  for (const box of boxes) {
    const at = { x: (width - box.width) / 2, y: y + GAP / 2, width: box.width, height: box.height };
    rects.set(box.key, at);
    shapes.push(`<g transform="translate(${round(at.x)} ${round(at.y)})">${box.shapes.join('')}</g>`);
    y = at.y + at.height + GAP / 2;
  }
  const middle = width / 2;
  rects.set('start', { x: middle, y: 24, width: 0, height: 0 });
  rects.set('end', { x: middle - 8, y: y + 18, width: 16, height: 0 });
  shapes.push(`<circle class="dot" cx="${middle}" cy="16" r="7"/>`);
  shapes.push(`<circle class="dot" cx="${middle}" cy="${round(y + 26)}" r="5"/>`);
  shapes.push(`<circle class="edge" cx="${middle}" cy="${round(y + 26)}" r="8"/>`);
  const ways = drawWays(transitions, ['start', ...boxes.map((box) => box.key), 'end'], rects, width);
  return { width: ways.width, height: y + 36, shapes: [...shapes, ...ways.shapes] };
}

function stageBox({ key, title, chart }: Stage): Drawing & { key: string } {
  if (chart === undefined) {
    const size = { width: textWidth(title) + 2 * PAD, height: 40 };
    const shapes = [
      rect({ x: 0, y: 0, ...size }, 10, ' class="group" stroke-dasharray="4 3"'),
      textShape(title, size.width / 2, 24, 'title', 'middle'),
    ];
    return { key, ...size, shapes };
  }
  const inner = svgChart(chart);
  const size = {
    width: Math.max(inner.width, textWidth(title)) + 2 * PAD,
    height: inner.height + TITLE + PAD,
  };
  const left = (size.width - inner.width) / 2;
  const shapes = [
    rect({ x: 0, y: 0, ...size }, 12, ' class="stage"'),
    textShape(title, 14, 20, 'title'),
    `<g transform="translate(${round(left)} ${TITLE})">${inner.shapes.join('')}</g>`,
  ];
  return { key, ...size, shapes };
}

/** To the next stage straight down; past others on a lane at the right, with its label beside it. */
function drawWays(
  transitions: readonly StageTransition[],
  order: readonly string[],
  rects: ReadonlyMap<string, Rect>,
  right: number,
): { width: number; shapes: string[] } {
  const shapes: string[] = [];
  const place = (key: string): number => order.indexOf(key);
  const ways = transitions.map(({ from, to, label }) => ({
    from: from === '*' ? 'start' : from,
    to: to === '*' ? 'end' : to,
    label,
  }));
  // Lanes to nearer stages are further in, so that lanes do not cross.
  const passing = ways
    .filter(({ from, to }) => place(to) > place(from) + 1)
    .sort((a, b) => place(a.to) - place(b.to));
  for (const { from, to, label } of ways) {
    if (place(to) !== place(from) + 1) continue;
    const source = rects.get(from)!;
    const target = rects.get(to)!;
    const down = { x: source.x + source.width / 2, y: source.y + source.height };
    shapes.push(edgeShape([down, { x: target.x + target.width / 2, y: target.y }], 'edge'));
    shapes.push(textShape(label, down.x + 8, down.y + 26, 'sub'));
  }
  let lane = right;
  passing.forEach(({ from, to, label }, index) => {
    const source = rects.get(from)!;
    const target = rects.get(to)!;
    lane += WAY_GAP;
    const start = { x: source.x + source.width, y: source.y + source.height - 24 - 14 * index };
    const end = { x: target.x + target.width, y: target.y + (target.height === 0 ? 8 : 16) };
    const path = `M${round(start.x)} ${round(start.y)}H${round(lane - 8)}q8 0 8 8V${round(end.y - 8)}q0 8 -8 8H${round(end.x + 6)}`;
    shapes.push(
      `<path class="edge" d="${path}"/><path class="head" d="M${round(end.x)} ${round(end.y)}l8 -4v8z"/>`,
    );
    shapes.push(textShape(label, lane + 6, (start.y + end.y) / 2, 'sub'));
    lane += textWidth(label);
  });
  return { width: lane, shapes };
}
