/** The lines between two layers of a terminal drawing: each source has one line down that branches on a track of its own. */
import type { Placement } from './ascii-paint.ts';
import type { Slot } from './layers.ts';

export interface Drop {
  column: number;
  to: Slot;
  soft: boolean;
}
/** All lines from one slot. */
export interface Bus {
  from: Slot;
  trunk: number;
  drops: Drop[];
  /** Row of the horizontal part; undefined for a straight line down. */
  track?: number;
}

/** @returns The lines, and how many rows their horizontal parts take. */
export function routeChannel(
  layer: readonly Slot[],
  { centreOf, widthOf }: Pick<Placement, 'centreOf' | 'widthOf'>,
): { buses: Bus[]; tracks: number } {
  const trunks = new Set(layer.filter((slot) => slot.down.length > 0).map(centreOf));
  const buses = layer
    .filter((slot) => slot.down.length > 0)
    .map((from): Bus => ({ from, trunk: centreOf(from), drops: [] }));
  const byTarget = new Map<Slot, Bus[]>();
  for (const bus of buses)
    for (const to of bus.from.down) byTarget.set(to, [...(byTarget.get(to) ?? []), bus]);
  for (const [to, sources] of byTarget) {
    for (const [bus, column] of portsOf(
      to,
      sources,
      { centre: centreOf(to), half: (widthOf(to) - 3) / 2 },
      trunks,
    )) {
      bus.drops.push({ column, to, soft: bus.from.softDown.has(to) });
    }
  }
  return { buses, tracks: assignTracks(buses) };
}

/** Room a node needs for its lines from above. */
export function portsWidth(slot: Slot): number {
  return slot.up.length * 2 + 3;
}

/**
 * A line straight from above keeps the middle where there is room beside it; others enter in the order of their sources
 * at odd columns, where no line from the layer above can stand in their way.
 * @param half Columns of the box's border to each side of its middle.
 */
function portsOf(
  to: Slot,
  sources: readonly Bus[],
  { centre, half }: { centre: number; half: number },
  trunks: ReadonlySet<number>,
): [Bus, number][] {
  const straight = sources.find((bus) => bus.trunk === centre);
  const only = sources.length === 1 ? sources[0] : undefined;
  if (only !== undefined && (to.path === undefined || only === straight || !trunks.has(centre))) {
    return [[only, centre]];
  }
  const ordered = [...sources].sort((a, b) => a.trunk - b.trunk);
  const left = ordered.filter((bus) => bus.trunk < centre);
  const right = ordered.filter((bus) => bus.trunk > centre);
  if (straight?.from.down.length === 1 && 1 + 2 * Math.max(left.length, right.length) <= half) {
    const fromLeft = left.map((bus, index): [Bus, number] => [bus, centre - 1 - 2 * (left.length - index)]);
    const fromRight = right.map((bus, index): [Bus, number] => [bus, centre + 3 + 2 * index]);
    return [...fromLeft, [straight, centre], ...fromRight];
  }
  const first = centre - sources.length + (sources.length % 2 === 0 ? 1 : 0);
  return ordered.map((bus, index) => [bus, first + 2 * index]);
}

/** Gives every bus that is not straight the uppermost free row, below those whose trunk ends where it drops. */
function assignTracks(buses: readonly Bus[]): number {
  const bent = buses.filter(({ trunk, drops }) => drops.length > 1 || drops[0]?.column !== trunk);
  const trunkAt = new Map(bent.map((bus) => [bus.trunk, bus]));
  const rows: [number, number][][] = buses.map(() => []);
  const pending = new Set<Bus>();
  const place = (bus: Bus): void => {
    if (bus.track !== undefined || pending.has(bus)) return;
    pending.add(bus);
    let least = 0;
    for (const { column } of bus.drops) {
      const above = trunkAt.get(column);
      if (above === undefined || above === bus) continue;
      place(above);
      least = Math.max(least, (above.track ?? -1) + 1);
    }
    const columns = [bus.trunk, ...bus.drops.map((drop) => drop.column)];
    const span: [number, number] = [Math.min(...columns), Math.max(...columns)];
    let row = least;
    while (rows[row]?.some(([from, to]) => from <= span[1] && to >= span[0])) row++;
    rows[row]?.push(span);
    bus.track = row;
  };
  for (const bus of [...bent].sort(upperFirst)) place(bus);
  return rows.filter((spans) => spans.length > 0).length;
}

/** Lines that go right: the rightmost source uppermost; then those that go left: the leftmost uppermost. Fewer bridges. */
function upperFirst(a: Bus, b: Bus): number {
  const right = (bus: Bus): boolean => bus.drops.every((drop) => drop.column >= bus.trunk);
  if (right(a) !== right(b)) return right(a) ? -1 : 1;
  return right(a) ? b.trunk - a.trunk : a.trunk - b.trunk;
}
