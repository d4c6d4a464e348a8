/** Layered drawing of a dag: every node below all it needs, long edges led through the layers between, crossings reduced. */
import type { DagEdge } from './dag.ts';

/** A place in a layer: a node, or (without `path`) where an edge passes through. */
export interface Slot {
  readonly path?: string;
  readonly layer: number;
  /** Place in its layer. */
  index: number;
  readonly up: Slot[];
  readonly down: Slot[];
  /** Of a passing edge: drawn dashed. */
  readonly soft: boolean;
  /** The slots below that are reached by a dashed edge. */
  readonly softDown: Set<Slot>;
}

/** No more passing places than this are made; further edges lead straight to their end, whatever is between. */
const MAX_PASSING = 20_000;

/**
 * Edges of one node share their way down, so a node with many far dependents is one line that branches.
 * @param paths Needs before dependents.
 * @returns Layers from the top, each in drawing order.
 */
export function layersOf(paths: readonly string[], edges: readonly DagEdge[]): Slot[][] {
  const layers = placedInLayers(paths, edges);
  const size = layers.reduce((sum, layer) => sum + layer.length, 0);
  const sweeps = size > 4000 ? 2 : size > 800 ? 4 : 12;
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers.slice(1) : layers.slice(0, -1).toReversed()) {
      sortByNeighbours(layer, (slot) => (down ? slot.up : slot.down));
    }
    const count = crossings(layers);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  for (const layer of best) renumber(layer);
  return best;
}

function placedInLayers(paths: readonly string[], edges: readonly DagEdge[]): Slot[][] {
  const layerOf = new Map<string, number>(paths.map((path) => [path, 0]));
  const needs = new Map<string, DagEdge[]>(paths.map((path) => [path, []]));
  for (const edge of edges) needs.get(edge.to)!.push(edge);
  for (const path of paths) {
    for (const { from } of needs.get(path)!)
      layerOf.set(path, Math.max(layerOf.get(path)!, layerOf.get(from)! + 1));
  }
  const layers: Slot[][] = [];
  const add = (layer: number, soft: boolean, path?: string): Slot => {
    while (layers.length <= layer) layers.push([]);
    const slots = layers[layer]!;
    const slot: Slot = {
      layer,
      index: slots.length,
      up: [],
      down: [],
      soft,
      softDown: new Set(),
      ...(path === undefined ? {} : { path }),
    };
    slots.push(slot);
    return slot;
  };
  const slots = new Map(paths.map((path) => [path, add(layerOf.get(path)!, false, path)]));
  /** The way down from a node through the layers, as far as it was needed yet. */
  const ways = new Map<string, Slot[]>();
  let passing = 0;
  for (const path of paths) {
    for (const { from, soft } of needs.get(path)!) {
      const way = ways.get(`${from} ${soft}`) ?? [slots.get(from)!];
      ways.set(`${from} ${soft}`, way);
      const steps = layerOf.get(path)! - layerOf.get(from)!;
      while (way.length < steps && passing < MAX_PASSING) {
        passing += 1;
        const next = add(way.at(-1)!.layer + 1, soft);
        connect(way.at(-1)!, next, soft);
        way.push(next);
      }
      connect(way[steps - 1] ?? way.at(-1)!, slots.get(path)!, soft);
    }
  }
  return layers;
}

function connect(above: Slot, below: Slot, soft: boolean): void {
  above.down.push(below);
  below.up.push(above);
  if (soft) above.softDown.add(below);
}

/** By the mean place of what they are connected to; those without connections keep their place. */
function sortByNeighbours(layer: Slot[], neighboursOf: (slot: Slot) => readonly Slot[]): void {
  const wanted = new Map(layer.map((slot) => [slot, mean(neighboursOf(slot)) ?? slot.index]));
  layer.sort((a, b) => wanted.get(a)! - wanted.get(b)! || a.index - b.index);
  renumber(layer);
}

function mean(slots: readonly Slot[]): number | undefined {
  if (slots.length === 0) return undefined;
  return slots.reduce((sum, slot) => sum + slot.index, 0) / slots.length;
}

function renumber(layer: readonly Slot[]): void {
  layer.forEach((slot, index) => {
    slot.index = index;
  });
}

/** How many pairs of edges between neighbouring layers cross, counted with a tree of sums. */
function crossings(layers: readonly Slot[][]): number {
  return layers
    .slice(1)
    .reduce((sum, layer, index) => sum + crossingsBetween(layers[index]!, layer.length), 0);
}

function crossingsBetween(above: readonly Slot[], below: number): number {
  const sums = new Int32Array(below + 1);
  let total = 0;
  let count = 0;
  for (const slot of above) {
    const next = slot.down.filter((end) => end.layer === slot.layer + 1);
    const ends = next.map((end) => end.index).sort((a, b) => a - b);
    for (const end of ends) {
      let before = 0;
      for (let at = end + 1; at > 0; at -= at & -at) before += sums[at]!;
      total += count - before;
    }
    for (const end of ends) for (let at = end + 1; at <= below; at += at & -at) sums[at]! += 1;
    count += ends.length;
  }
  return total;
}
