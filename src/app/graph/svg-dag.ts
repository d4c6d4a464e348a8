/** The dag view as SVG: layers from the top, curved edges, bars where many meet many. */
import type { DagNode, DagView } from './dag.ts';
import { type FoldedNode, foldAlike } from './fold-alike.ts';
import { layersOf, type Slot } from './layers.ts';
import { placeAcross } from './place.ts';
import { crowdLabel } from './step-label.ts';
import { gridPlaces, gridSize } from './svg-grid.ts';
import {
  edgeShape,
  noteShape,
  noteSize,
  type Rect,
  rect,
  type Size,
  stepShape,
  stepSize,
  textShape,
} from './svg-shapes.ts';

const NODE_GAP = 24;
const LAYER_GAP = 52;
const PAD = 14;
const TITLE = 24;
/** Look-alikes from this number on share a frame. */
const CROWD = 7;
const BAR: Size = { width: 60, height: 5 };

export interface Drawing extends Size {
  shapes: string[];
}

export function svgDag(views: readonly DagView[]): Drawing {
  const drawing: Drawing = { width: 0, height: 0, shapes: [] };
  for (const view of views) {
    if (views.length > 1) {
      drawing.shapes.push(textShape(view.block, 0, drawing.height + 14, 'title'));
      drawing.height += 28;
    }
    const block = drawBlock(view, drawing.height);
    drawing.shapes.push(...block.shapes);
    drawing.width = Math.max(drawing.width, block.width);
    drawing.height += block.height + (view === views.at(-1) ? 0 : 40);
  }
  return drawing;
}

function drawBlock(view: DagView, top: number): Drawing {
  const folded = foldAlike(view, CROWD);
  const nodes = new Map(folded.nodes.map((node) => [node.path, node]));
  const paths = [...nodes.keys()];
  const layers = layersOf(paths, folded.edges);
  const sizeOf = (slot: Slot): Size => {
    const node = slot.path === undefined ? undefined : nodes.get(slot.path);
    return node === undefined ? { width: 10, height: 0 } : foldedSize(node);
  };
  const centres = placeAcross(layers, { widthOf: (slot) => sizeOf(slot).width, gap: NODE_GAP });
  const rects = new Map<Slot, Rect>();
  let y = top;
  for (const layer of layers) {
    const height = Math.max(...layer.map((slot) => sizeOf(slot).height));
    for (const slot of layer) {
      const size = sizeOf(slot);
      // Passing edges run straight through the whole layer.
      const own = slot.path === undefined ? { ...size, height } : size;
      rects.set(slot, { ...own, x: centres.get(slot)! - size.width / 2, y });
    }
    y += height + LAYER_GAP;
  }
  const boxes = layers.flat().flatMap((slot) => {
    const node = slot.path === undefined ? undefined : nodes.get(slot.path);
    return node === undefined ? [] : foldedShapes(node, rects.get(slot)!);
  });
  const width = Math.max(...[...rects.values()].map((box) => box.x + box.width));
  return { width, height: y - LAYER_GAP - top, shapes: [...edgeShapes(layers, rects, nodes), ...boxes] };
}

/** From slot to slot; pieces of a long edge meet in line, so that it reads as one. */
function edgeShapes(
  layers: readonly Slot[][],
  rects: ReadonlyMap<Slot, Rect>,
  nodes: ReadonlyMap<string, FoldedNode>,
): string[] {
  return layers.flat().flatMap((slot) =>
    slot.down.map((below) => {
      const from = rects.get(slot)!;
      const to = rects.get(below)!;
      const through = slot.path === undefined ? [{ x: from.x + from.width / 2, y: from.y }] : [];
      const points = [
        ...through,
        { x: from.x + from.width / 2, y: from.y + from.height },
        { x: to.x + to.width / 2, y: to.y },
      ];
      const target = nodes.get(below.path ?? '');
      const arrow = target !== undefined && !isJunction(target.members[0]!);
      return edgeShape(points, slot.softDown.has(below) ? 'edge soft' : 'edge', arrow);
    }),
  );
}

function foldedSize({ members }: FoldedNode): Size {
  const sizes = members.map(nodeSize);
  if (sizes.length === 1) return sizes[0]!;
  const { width, height } = gridSize(sizes);
  return { width: width + 2 * PAD, height: height + TITLE + PAD };
}

function foldedShapes({ members }: FoldedNode, at: Rect): string[] {
  if (members.length === 1) return [nodeShape(members[0]!, at)];
  const places = gridPlaces(members.map(nodeSize), { ...at, y: at.y + TITLE });
  const count = members.reduce((sum, { crowd }) => sum + (crowd?.hidden ?? 1), 0);
  return [
    rect(at, 10, ' class="group"'),
    textShape(`${count} at once`, at.x + 12, at.y + 16, 'title'),
    ...members.map((node, index) => nodeShape(node, places[index]!)),
  ];
}

function isJunction({ step, crowd }: DagNode): boolean {
  return step === undefined && crowd === undefined;
}

function nodeSize({ step, crowd }: DagNode): Size {
  if (step !== undefined) return stepSize(step);
  return crowd === undefined ? BAR : noteSize(crowdLabel(crowd));
}

function nodeShape({ step, crowd }: DagNode, at: Rect): string {
  if (step !== undefined) return stepShape(step, at);
  return crowd === undefined ? rect(at, 2, ' class="bar"') : noteShape(crowdLabel(crowd), at);
}
