/** The dag view for the terminal: boxes in layers with lines between them. Falls back to shorter forms until it fits. */
import { portsWidth } from './ascii-channel.ts';
import { type Box, paintLayers } from './ascii-paint.ts';
import { type AsciiOptions, stepLine } from './ascii-tree.ts';
import type { DagNode, DagView } from './dag.ts';
import { displayWidth, fitted } from './display-text.ts';
import { type FoldedNode, foldAlike } from './fold-alike.ts';
import { layersOf, type Slot } from './layers.ts';
import { placeAcross } from './place.ts';
import { STATUS_STYLES } from './status-style.ts';
import { crowdLabel, namesText, stepLabel, withMarks } from './step-label.ts';

/** Beyond this a list is easier to read than any drawing. */
const MAX_BOXES = 120;
const LABEL_CELLS = 30;
const GAP = 3;

export function asciiDag(views: readonly DagView[], options: AsciiOptions): string {
  const parts = views.map((view) => {
    const title = views.length > 1 ? [view.block, ''] : [];
    return [...title, ...drawing(view, options)].join('\n');
  });
  return `${parts.join('\n\n')}\n`;
}

/** Boxes, crowds of look-alikes in one; where that is too wide, any look-alikes in one; else a list. */
function drawing(view: DagView, options: AsciiOptions): string[] {
  for (const atLeast of [7, 2]) {
    const folded = foldAlike(view, atLeast);
    if (folded.nodes.length > MAX_BOXES) continue;
    const lines = boxes(folded.nodes, folded.edges, options);
    if (lines !== undefined) return lines;
  }
  return list(view, options);
}

function boxes(
  nodes: readonly FoldedNode[],
  edges: DagView['edges'],
  options: AsciiOptions,
): string[] | undefined {
  const layers = layersOf(
    nodes.map((node) => node.path),
    edges,
  );
  const byPath = new Map(nodes.map((node) => [node.path, boxFor(node)]));
  const boxOf = (slot: Slot): Box | undefined =>
    slot.path === undefined ? undefined : byPath.get(slot.path);
  const widthOf = (slot: Slot): number => {
    const box = boxOf(slot);
    return box === undefined ? 1 : odd(Math.max(box.width, portsWidth(slot)));
  };
  const centres = placeAcross(layers, { widthOf, gap: GAP, grid: 2 });
  const columns = Math.max(...layers.flat().map((slot) => centres.get(slot)! + (widthOf(slot) + 1) / 2));
  if (columns > options.columns) return undefined;
  return paintLayers(layers, { boxOf, widthOf, centreOf: (slot) => centres.get(slot)! }, options.color);
}

function boxFor({ members }: FoldedNode): Box {
  const rows = members.flatMap((node) => rowOf(node) ?? []);
  return { rows, width: Math.max(0, ...rows.map((row) => displayWidth(row.text))) + 4 };
}

/** Nothing for a junction, which is drawn as a bar. */
function rowOf({ step, crowd }: DagNode): Box['rows'][number] | undefined {
  if (crowd !== undefined) return { text: fitted(crowdLabel(crowd), LABEL_CELLS) };
  if (step === undefined) return undefined;
  const style = step.status && STATUS_STYLES[step.status];
  const symbol = style === undefined ? '' : `${style.symbol} `;
  const text = fitted(`${symbol}${withMarks(step.id, step)}`, LABEL_CELLS);
  return { text, ...(style === undefined ? {} : { ansi: style.ansi }) };
}

function odd(width: number): number {
  return width % 2 === 0 ? width + 1 : width;
}

/** One line per step, with what it comes after. */
function list(view: DagView, options: AsciiOptions): string[] {
  const names = new Map(view.nodes.map((node) => [node.path, nameOf(node)]));
  const before = new Map<string, string[]>();
  for (const { from, to } of view.edges) before.set(to, [...(before.get(to) ?? []), from]);
  /** Junctions stand for everything before them. */
  const junctions = new Set(view.nodes.filter((node) => !node.step && !node.crowd).map((node) => node.path));
  const needsOf = (path: string): string[] =>
    (before.get(path) ?? []).flatMap((need) => (junctions.has(need) ? needsOf(need) : [names.get(need)!]));
  return view.nodes.flatMap(({ path, step, crowd }) => {
    if (step === undefined) return crowd === undefined ? [] : [fitted(crowdLabel(crowd), options.columns)];
    const needs = needsOf(path);
    const after = needs.length === 0 ? '' : ` ← ${namesText(needs)}`;
    return [stepLine(step, stepLabel(step) + after, options.columns, options)];
  });
}

function nameOf({ step, crowd, path }: DagNode): string {
  return step?.id ?? (crowd === undefined ? path : crowdLabel(crowd));
}
