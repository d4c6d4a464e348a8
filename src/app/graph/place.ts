/** Where the slots of a layered drawing go across: as close as possible above and below what they are connected to, never overlapping. */
import type { Slot } from './layers.ts';

export interface Spacing {
  /** Extent of a slot across. */
  widthOf(slot: Slot): number;
  /** Least space between two neighbours. */
  gap: number;
  /** Centres are multiples of this. @default no rounding */
  grid?: number;
}

/** Centre of every slot, the leftmost edge at 0. Exact least squares within each layer, a few sweeps over the layers. */
export function placeAcross(layers: readonly (readonly Slot[])[], spacing: Spacing): Map<Slot, number> {
  const centres = new Map<Slot, number>();
  const offsets = layers.map((layer) => offsetsOf(layer, spacing));
  layers.forEach((layer, index) => {
    for (const [at, slot] of layer.entries()) centres.set(slot, offsets[index]![at]!);
  });
  const sweeps = centres.size > 4000 ? 2 : 8;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const down = sweep % 2 === 1;
    const order = layers.map((_, index) => index);
    for (const index of down ? order : order.toReversed()) {
      const last = sweep >= sweeps - 2;
      const neighbours = (slot: Slot): readonly Slot[] =>
        last ? [...slot.up, ...slot.down] : down ? slot.up : slot.down;
      moveLayer(layers[index]!, offsets[index]!, centres, neighbours);
    }
  }
  return settled(layers, offsets, centres, spacing);
}

/** Centres of a layer packed from 0. */
function offsetsOf(layer: readonly Slot[], { widthOf, gap, grid = 0 }: Spacing): number[] {
  let edge = 0;
  return layer.map((slot, index) => {
    const half = widthOf(slot) / 2;
    const centre = edge + (index === 0 ? 0 : gap) + half;
    const snapped = grid === 0 ? centre : Math.ceil(centre / grid) * grid;
    edge = snapped + half;
    return snapped;
  });
}

/** Pool adjacent violators: the least-squares places for the wanted ones that keep order and distances. */
function moveLayer(
  layer: readonly Slot[],
  offsets: readonly number[],
  centres: Map<Slot, number>,
  neighboursOf: (slot: Slot) => readonly Slot[],
): void {
  const pools: { sum: number; weight: number; count: number }[] = [];
  for (const [index, slot] of layer.entries()) {
    const neighbours = neighboursOf(slot);
    const wanted =
      neighbours.length === 0 ? centres.get(slot)! : average(neighbours.map((other) => centres.get(other)!));
    const weight = neighbours.length === 0 ? 0.1 : slot.path === undefined ? 4 : 1;
    let pool = { sum: (wanted - offsets[index]!) * weight, weight, count: 1 };
    for (let before = pools.at(-1); before !== undefined; before = pools.at(-1)) {
      if (before.sum / before.weight <= pool.sum / pool.weight) break;
      pool = {
        sum: before.sum + pool.sum,
        weight: before.weight + pool.weight,
        count: before.count + pool.count,
      };
      pools.pop();
    }
    pools.push(pool);
  }
  let index = 0;
  for (const { sum, weight, count } of pools) {
    for (const slot of layer.slice(index, index + count)) centres.set(slot, sum / weight + offsets[index++]!);
  }
}

/** Rounds to the grid and shifts everything so that the leftmost edge is at 0. */
function settled(
  layers: readonly (readonly Slot[])[],
  offsets: readonly (readonly number[])[],
  centres: ReadonlyMap<Slot, number>,
  { widthOf, grid = 0 }: Spacing,
): Map<Slot, number> {
  const edge = layers.reduce((least, [first]) => {
    return first === undefined ? least : Math.min(least, centres.get(first)! - widthOf(first) / 2);
  }, Number.POSITIVE_INFINITY);
  const left = grid === 0 ? edge : Math.floor(edge / grid) * grid;
  const placed = new Map<Slot, number>();
  layers.forEach((layer, index) => {
    for (const [at, slot] of layer.entries()) {
      const offset = offsets[index]![at]!;
      const shift = centres.get(slot)! - offset - left;
      placed.set(slot, offset + (grid === 0 ? shift : Math.round(shift / grid) * grid));
    }
  });
  return placed;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
