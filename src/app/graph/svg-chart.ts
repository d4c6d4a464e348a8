/** The statechart view as SVG: sequences run down, forks stand side by side in a frame, fleets are frames with their members in a grid. */
import type { Chart, GroupChart } from './chart.ts';
import { groupTitle, moreLabel } from './step-label.ts';
import type { Drawing } from './svg-dag.ts';
import { gridPlaces, gridSize } from './svg-grid.ts';
import {
  edgeShape,
  noteShape,
  noteSize,
  type Point,
  type Rect,
  rect,
  type Size,
  stepShape,
  stepSize,
  textShape,
  textWidth,
} from './svg-shapes.ts';

const GAP = 30;
const PAD = 16;
const TITLE = 24;
/** Waits are drawn as lines only while there are few enough to follow. */
const MAX_WAITS = 80;

export function svgChart(chart: GroupChart): Drawing {
  const painter = new ChartPainter();
  const size = painter.sizeOf(chart);
  painter.paint(chart, { x: 0, y: 0, ...size });
  return { ...size, shapes: painter.finished() };
}

/** Sizes are found once from the inside out, then everything is painted into the room it was given. */
class ChartPainter {
  readonly #sizes = new Map<Chart, Size>();
  /** Drawn first, then the waits, then the boxes. */
  readonly #frames: string[] = [];
  readonly #boxes: string[] = [];
  readonly #steps = new Map<string, Rect>();
  readonly #waits: { from: string; to: Rect }[] = [];

  finished(): string[] {
    const waits = this.#waits.length > MAX_WAITS ? [] : this.#waits;
    const lines = waits.flatMap(({ from, to }) => {
      const source = this.#steps.get(from);
      return source === undefined ? [] : [waitShape(source, to)];
    });
    return [...this.#frames, ...lines, ...this.#boxes];
  }

  sizeOf(chart: Chart): Size {
    const known = this.#sizes.get(chart);
    if (known !== undefined) return known;
    const size = chart.type === 'step' ? stepSize(chart.step, chart.waitsFor) : this.#groupSize(chart);
    this.#sizes.set(chart, size);
    return size;
  }

  #groupSize(group: GroupChart): Size {
    const sizes = [...group.children.map((child) => this.sizeOf(child)), ...noteOf(group).map(noteSize)];
    switch (group.type) {
      case 'sequence':
        return { width: widest(sizes), height: total(sizes, 'height', GAP) };
      case 'fork':
        return framed(group, { width: total(sizes, 'width', 2 * PAD), height: tallest(sizes) + GAP });
      case 'fleet':
        return framed(group, gridSize(sizes));
    }
  }

  /** Centred across in the room. */
  paint(chart: Chart, room: Rect): void {
    const size = this.sizeOf(chart);
    const at: Rect = { ...size, x: room.x + (room.width - size.width) / 2, y: room.y };
    if (chart.type === 'step') this.#step(chart, at);
    else if (chart.type === 'sequence') this.#sequence(chart, at);
    else if (chart.type === 'fork') this.#fork(chart, at);
    else this.#fleet(chart, at);
  }

  #step(chart: Extract<Chart, { type: 'step' }>, at: Rect): void {
    const { step, waitsFor } = chart;
    this.#boxes.push(stepShape(step, at, waitsFor));
    this.#steps.set(step.path, at);
    const prefix = step.path.slice(0, step.path.length - step.id.length);
    for (const need of waitsFor) this.#waits.push({ from: prefix + need, to: at });
  }

  #sequence(group: GroupChart, at: Rect): void {
    const middle = at.x + at.width / 2;
    let y = at.y;
    const next = (height: number): void => {
      y += height;
      this.#frames.push(
        edgeShape(
          [
            { x: middle, y },
            { x: middle, y: y + GAP },
          ],
          'edge',
        ),
      );
      y += GAP;
    };
    const notes = noteOf(group);
    group.children.forEach((child, index) => {
      const { height } = this.sizeOf(child);
      this.paint(child, { ...at, y, height });
      if (index < group.children.length - 1 + notes.length) next(height);
    });
    for (const note of notes) this.#note(note, middle, y);
  }

  #fork(group: GroupChart, at: Rect): void {
    this.#frame(group, at);
    const top = at.y + TITLE + GAP / 2;
    let x = at.x + PAD;
    group.children.forEach((child, index) => {
      const { width } = this.sizeOf(child);
      if (index > 0) this.#frames.push(dividerShape(x - PAD, at.y + TITLE + 4, at.y + at.height - 10));
      this.paint(child, { x, y: top, width, height: at.height });
      x += width + 2 * PAD;
    });
  }

  #fleet(group: GroupChart, at: Rect): void {
    this.#frames.push(rect({ ...at, x: at.x + 5, y: at.y + 5 }, 10, ' class="group"'));
    this.#frame(group, at);
    const entries: (Chart | string)[] = [...group.children, ...noteOf(group)];
    const sizes = entries.map((entry) => (typeof entry === 'string' ? noteSize(entry) : this.sizeOf(entry)));
    gridPlaces(sizes, { ...at, y: at.y + TITLE }).forEach((place, index) => {
      const entry = entries[index]!;
      if (typeof entry === 'string') this.#boxes.push(noteShape(entry, place));
      else this.paint(entry, place);
    });
  }

  #frame(group: GroupChart, at: Rect): void {
    this.#frames.push(rect(at, 10, ' class="group"'));
    this.#frames.push(textShape(groupTitle(group), at.x + 12, at.y + 16, 'title'));
  }

  #note(text: string, middle: number, y: number): void {
    const size = noteSize(text);
    this.#boxes.push(noteShape(text, { ...size, x: middle - size.width / 2, y }));
  }
}

function noteOf({ hidden, hiddenCounts }: GroupChart): string[] {
  return hidden === 0 ? [] : [moreLabel(hidden, hiddenCounts)];
}

function framed(group: GroupChart, inner: Size): Size {
  const width = Math.max(inner.width, textWidth(groupTitle(group)));
  return { width: width + 2 * PAD, height: inner.height + TITLE + PAD };
}

function widest(sizes: readonly Size[]): number {
  return sizes.reduce((most, { width }) => Math.max(most, width), 0);
}

function tallest(sizes: readonly Size[]): number {
  return sizes.reduce((most, { height }) => Math.max(most, height), 0);
}

function total(sizes: readonly Size[], side: 'width' | 'height', gap: number): number {
  return sizes.reduce((sum, size) => sum + size[side], 0) + gap * Math.max(0, sizes.length - 1);
}

function dividerShape(x: number, top: number, bottom: number): string {
  return `<path class="divider" d="M${x} ${top}V${bottom}" fill="none"/>`;
}

/** A dashed line from the side of what is waited for to the side of what waits. */
function waitShape(from: Rect, to: Rect): string {
  const rightwards = from.x + from.width / 2 <= to.x + to.width / 2;
  const start: Point = { x: rightwards ? from.x + from.width : from.x, y: from.y + from.height / 2 };
  const end: Point = { x: rightwards ? to.x : to.x + to.width, y: to.y + to.height / 2 };
  const bend = rightwards ? 40 : -40;
  const head = rightwards ? `M${end.x} ${end.y}l-8 -4v8z` : `M${end.x} ${end.y}l8 -4v8z`;
  const stop = end.x + (rightwards ? -6 : 6);
  return [
    `<path class="wait" d="M${start.x} ${start.y}C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${stop} ${end.y}"/>`,
    `<path class="head" d="${head}"/>`,
  ].join('');
}
