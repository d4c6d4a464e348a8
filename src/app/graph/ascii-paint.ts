/** Paints placed layers onto a canvas: boxes, bars where many meet many, and the lines between. */
import { type Bus, routeChannel } from './ascii-channel.ts';
import { Canvas } from './canvas.ts';
import { displayWidth } from './display-text.ts';
import type { Slot } from './layers.ts';

export interface Box {
  /** Empty for a junction. */
  rows: { text: string; ansi?: string }[];
  width: number;
}
export interface Placement {
  /** Undefined where an edge passes through. */
  boxOf(slot: Slot): Box | undefined;
  widthOf(slot: Slot): number;
  /** Even columns. */
  centreOf(slot: Slot): number;
}

export function paintLayers(layers: readonly Slot[][], placement: Placement, color: boolean): string[] {
  const canvas = new Canvas();
  let top = 0;
  layers.forEach((layer, index) => {
    const height = Math.max(...layer.map((slot) => heightOf(placement.boxOf(slot))));
    for (const slot of layer) paintSlot(canvas, slot, placement, top, height);
    top += height;
    if (index === layers.length - 1) return;
    const { buses, tracks } = routeChannel(layer, placement);
    const bottom = top + tracks;
    for (const bus of buses) paintBus(canvas, bus, top, bottom, placement);
    top = bottom + 1;
  });
  return canvas.lines(color);
}

function heightOf(box: Box | undefined): number {
  if (box === undefined || box.rows.length === 0) return 1;
  return box.rows.length + 2;
}

/** The box at the top of its layer, and its line on to the layer's end when others are higher. */
function paintSlot(
  canvas: Canvas,
  slot: Slot,
  { boxOf, widthOf, centreOf }: Placement,
  top: number,
  height: number,
): void {
  const centre = centreOf(slot);
  const box = boxOf(slot);
  const own = box === undefined ? 0 : heightOf(box);
  const dashed = box === undefined ? slot.soft : slot.down.every((below) => slot.softDown.has(below));
  if (slot.down.length > 0 && own < height)
    canvas.vertical(slot, centre, top + own, top + height - 1, dashed);
  if (box === undefined) return;
  const width = widthOf(slot);
  const left = centre - (width - 1) / 2;
  if (box.rows.length === 0) {
    canvas.text(left, top, '━'.repeat(width));
    return;
  }
  const ansi = box.rows.length === 1 ? box.rows[0]?.ansi : undefined;
  canvas.box(left, top, width, own, ansi);
  box.rows.forEach((row, index) => {
    const indent = box.rows.length === 1 ? Math.floor((width - 2 - displayWidth(row.text)) / 2) : 1;
    canvas.text(left + 1 + indent, top + 1 + index, row.text, row.ansi);
  });
  if (slot.down.length > 0) canvas.text(centre, top + own - 1, '┬', ansi);
}

/** Down from the source, along its track, down to each target, with an arrow before boxes. */
function paintBus(canvas: Canvas, bus: Bus, top: number, bottom: number, { boxOf }: Placement): void {
  const owner = bus.from;
  const soft = bus.drops.every((drop) => drop.soft);
  if (bus.track === undefined) canvas.vertical(owner, bus.trunk, top, bottom, soft);
  else {
    const row = top + bus.track;
    canvas.vertical(owner, bus.trunk, top, row - 1, soft);
    canvas.half(owner, bus.trunk, row, 'above', soft);
    const columns = [bus.trunk, ...bus.drops.map((drop) => drop.column)];
    canvas.horizontal(owner, row, Math.min(...columns), Math.max(...columns), soft);
    for (const drop of bus.drops) {
      canvas.half(owner, drop.column, row, 'below', drop.soft);
      canvas.vertical(owner, drop.column, row + 1, bottom, drop.soft);
    }
  }
  for (const drop of bus.drops) if (boxOf(drop.to) !== undefined) canvas.text(drop.column, bottom, '▼');
}
