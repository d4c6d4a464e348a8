/** Many boxes in rows, about as wide as high: members of a fleet, and crowds in the dag view. */
import type { Rect, Size } from './svg-shapes.ts';

const GAP = 12;

export function gridSize(sizes: readonly Size[]): Size {
  const rows = rowsOf(sizes);
  return {
    width: rows.reduce((most, row) => Math.max(most, rowWidth(row)), 0),
    height: rows.reduce((sum, row) => sum + rowHeight(row), GAP * Math.max(0, rows.length - 1)),
  };
}

/** Where each box goes; rows are centred in the room. */
export function gridPlaces(sizes: readonly Size[], room: Rect): Rect[] {
  let y = room.y;
  return rowsOf(sizes).flatMap((row) => {
    let x = room.x + (room.width - rowWidth(row)) / 2;
    const places = row.map((size) => {
      const place = { ...size, x, y };
      x += size.width + GAP;
      return place;
    });
    y += rowHeight(row) + GAP;
    return places;
  });
}

/** At least two and at most eight in a row. */
function rowsOf(sizes: readonly Size[]): Size[][] {
  const perRow = Math.min(8, Math.max(2, Math.ceil(Math.sqrt(sizes.length / 2))));
  const rows: Size[][] = [];
  for (let from = 0; from < sizes.length; from += perRow) rows.push(sizes.slice(from, from + perRow));
  return rows;
}

function rowWidth(row: readonly Size[]): number {
  return row.reduce((sum, { width }) => sum + width, GAP * (row.length - 1));
}

function rowHeight(row: readonly Size[]): number {
  return row.reduce((most, { height }) => Math.max(most, height), 0);
}
