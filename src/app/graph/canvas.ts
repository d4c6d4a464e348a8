/** A sheet of terminal cells for boxes and lines. Lines of one owner join where they meet; lines of different owners cross like bridges. */
import { cells } from './display-text.ts';

const NORTH = 1;
const EAST = 2;
const SOUTH = 4;
const WEST = 8;

/** By the directions in which a line leaves the cell. */
const LINES: Readonly<Record<number, string>> = {
  [NORTH]: '│',
  [SOUTH]: '│',
  [NORTH | SOUTH]: '│',
  [EAST]: '─',
  [WEST]: '─',
  [EAST | WEST]: '─',
  [SOUTH | EAST]: '┌',
  [SOUTH | WEST]: '┐',
  [NORTH | EAST]: '└',
  [NORTH | WEST]: '┘',
  [NORTH | SOUTH | EAST]: '├',
  [NORTH | SOUTH | WEST]: '┤',
  [EAST | WEST | SOUTH]: '┬',
  [EAST | WEST | NORTH]: '┴',
  [NORTH | EAST | SOUTH | WEST]: '┼',
};

interface Cell {
  /** Directions by owner. */
  lines: Map<unknown, number>;
  dashed: boolean;
  text?: string;
  ansi?: string;
}

export class Canvas {
  readonly #rows: Cell[][] = [];

  #cell(column: number, row: number): Cell {
    while (this.#rows.length <= row) this.#rows.push([]);
    const cellsOfRow = this.#rows[row]!;
    const cell = cellsOfRow[column] ?? { lines: new Map(), dashed: true };
    cellsOfRow[column] = cell;
    return cell;
  }

  /** A vertical line over whole rows, `from` to `to` inclusive; its ends reach the edges of their cells. */
  vertical(owner: unknown, column: number, from: number, to: number, dashed: boolean): void {
    for (let row = from; row <= to; row++) this.#line(owner, column, row, NORTH | SOUTH, dashed);
  }

  /** A horizontal line between the middles of two cells. */
  horizontal(owner: unknown, row: number, from: number, to: number, dashed: boolean): void {
    for (let column = from; column <= to; column++) {
      const bits = (column > from ? WEST : 0) | (column < to ? EAST : 0);
      if (bits !== 0) this.#line(owner, column, row, bits, dashed);
    }
  }

  /** The half of a cell above or below its middle. */
  half(owner: unknown, column: number, row: number, where: 'above' | 'below', dashed: boolean): void {
    this.#line(owner, column, row, where === 'above' ? NORTH : SOUTH, dashed);
  }

  #line(owner: unknown, column: number, row: number, bits: number, dashed: boolean): void {
    const cell = this.#cell(column, row);
    cell.lines.set(owner, (cell.lines.get(owner) ?? 0) | bits);
    if (!dashed) cell.dashed = false;
  }

  text(column: number, row: number, text: string, ansi?: string): void {
    cells(text).forEach((piece, index) => {
      const cell = this.#cell(column + index, row);
      cell.text = piece;
      if (ansi !== undefined) cell.ansi = ansi;
    });
  }

  box(left: number, top: number, width: number, height: number, ansi?: string): void {
    const line = '─'.repeat(width - 2);
    this.text(left, top, `┌${line}┐`, ansi);
    for (let row = top + 1; row < top + height - 1; row++) {
      this.text(left, row, '│', ansi);
      this.text(left + width - 1, row, '│', ansi);
    }
    this.text(left, top + height - 1, `└${line}┘`, ansi);
  }

  lines(color: boolean): string[] {
    return this.#rows.map((row) => lineOf(row, color));
  }
}

function lineOf(row: readonly (Cell | undefined)[], color: boolean): string {
  let line = '';
  let painted: string | undefined;
  for (const cell of Array.from(row)) {
    const ansi = color ? cell?.ansi : undefined;
    if (ansi !== painted)
      line += `${painted === undefined ? '' : '\x1b[0m'}${ansi === undefined ? '' : `\x1b[${ansi}m`}`;
    painted = ansi;
    line += cell === undefined ? ' ' : glyphOf(cell);
  }
  return painted === undefined ? line.trimEnd() : `${line}\x1b[0m`;
}

function glyphOf({ text, lines, dashed }: Cell): string {
  if (text !== undefined) return text;
  const all = [...lines.values()];
  // A bridge: what runs up and down goes over what runs across.
  const bits = all.length > 1 ? (all.find((own) => (own & (NORTH | SOUTH)) !== 0) ?? 0) : (all[0] ?? 0);
  const glyph = LINES[bits] ?? ' ';
  if (!dashed) return glyph;
  return glyph === '│' ? '┆' : glyph === '─' ? '┄' : glyph;
}
