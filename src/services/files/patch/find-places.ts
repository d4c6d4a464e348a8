/** Where runs of lines are in a text: every place, and the ways to give each of several runs a place of its own in their order. */

/** A run of lines to be found. */
export interface Run {
  lines: readonly string[];
  /** Its last line is the last of the text, with a line feed or without. */
  end?: 'terminated' | 'unterminated';
}

/** The text that is searched. */
export class SearchedText {
  /** Places of the lines that were asked for. */
  readonly #index = new Map<string, number[]>();

  constructor(
    readonly lines: readonly string[],
    readonly endsWithNewline: boolean,
  ) {}

  /** Tells which runs will be asked for: one pass over the text finds the lines of all of them. */
  expect(runs: readonly Run[]): void {
    const wanted = new Set(runs.flatMap(({ lines }) => lines).filter((line) => !this.#index.has(line)));
    if (wanted.size === 0) return;
    for (const line of wanted) this.#index.set(line, []);
    for (let at = 0; at < this.lines.length; at++) {
      const line = this.lines[at] ?? '';
      if (wanted.has(line)) this.#index.get(line)?.push(at);
    }
  }

  /** Lines, from 0, where the run begins, ascending. A run without lines is only in a text without lines. */
  placesOf(run: Run): number[] {
    const { lines } = run;
    if (lines.length === 0) return this.lines.length === 0 ? [0] : [];
    this.expect([run]);
    let rarest = 0;
    for (const [at, line] of lines.entries())
      if (this.#at(line).length < this.#at(lines[rarest] ?? '').length) rarest = at;
    return this.#at(lines[rarest] ?? '')
      .map((found) => found - rarest)
      .filter((place) => this.isAt(run, place));
  }

  isAt({ lines, end }: Run, place: number): boolean {
    if (place < 0 || place + lines.length > this.lines.length) return false;
    if (end !== undefined && place + lines.length !== this.lines.length) return false;
    if (end !== undefined && this.endsWithNewline !== (end === 'terminated')) return false;
    return lines.every((line, index) => this.lines[place + index] === line);
  }

  /**
   * The place where most lines of the run agree, or would but for white space; of equals the one nearest to `near`. Undefined when
   * no line is anywhere.
   */
  nearest({ lines }: Run, near: number): number | undefined {
    return this.#mostVoted(lines, near) ?? this.#squeezed().#mostVoted(lines.map(squeezed), near);
  }

  #squeezed(): SearchedText {
    return new SearchedText(this.lines.map(squeezed), this.endsWithNewline);
  }

  #mostVoted(lines: readonly string[], near: number): number | undefined {
    this.expect([{ lines }]);
    const votes = new Map<number, number>();
    for (const [offset, line] of lines.entries())
      for (const found of this.#at(line).slice(0, MOST_VOTES))
        votes.set(found - offset, (votes.get(found - offset) ?? 0) + (line.trim() === '' ? 0.1 : 1));
    let best: number | undefined;
    for (const [place, count] of votes) {
      const most = best === undefined ? 0 : (votes.get(best) ?? 0);
      const isNearer = best === undefined || Math.abs(place - near) < Math.abs(best - near);
      if (count > most || (count === most && isNearer)) best = place;
    }
    return best;
  }

  #at(line: string): readonly number[] {
    return this.#index.get(line) ?? [];
  }
}

/** Of a line that is everywhere no more places are looked at for an error message. */
const MOST_VOTES = 10_000;

/** Without its white space. */
export const squeezed = (line: string): string => line.replaceAll(/\s+/g, '');

export type Arrangement =
  | { ways: 'one'; places: number[] }
  /** The first run that has no place left. */
  | { ways: 'none'; run: number }
  /** A run that may be at several places, lines from 0. */
  | { ways: 'many'; run: number; places: number[] };

/**
 * Gives each run one of its places so that none overlaps another.
 * @param runs places and length of each.
 * @param ordered each must be behind the one before.
 */
export function arrange(
  runs: readonly { places: readonly number[]; length: number }[],
  ordered: boolean,
): Arrangement {
  return ordered ? arrangeInOrder(runs) : arrangeFreely(runs);
}

function arrangeFreely(runs: readonly { places: readonly number[]; length: number }[]): Arrangement {
  const places: number[] = [];
  for (const [run, { places: found, length }] of runs.entries()) {
    const [place, second] = found;
    if (place === undefined) return { ways: 'none', run };
    if (second !== undefined) return { ways: 'many', run, places: [...found] };
    const overlaps = places.some(
      (other, index) => place < other + (runs[index]?.length ?? 0) && other < place + length,
    );
    if (overlaps) return { ways: 'none', run };
    places.push(place);
  }
  return { ways: 'one', places };
}

function arrangeInOrder(runs: readonly { places: readonly number[]; length: number }[]): Arrangement {
  // Of each run: its places that leave room for the runs before it, then those that also leave room for the runs after it.
  const open: number[][] = [];
  let earliest = 0;
  for (const [run, { places, length }] of runs.entries()) {
    const left = places.filter((place) => place >= earliest);
    if (left[0] === undefined) return { ways: 'none', run };
    open.push(left);
    earliest = left[0] + length;
  }
  let latest = Number.POSITIVE_INFINITY;
  for (let run = runs.length - 1; run >= 0; run--) {
    const left = (open[run] ?? []).filter((place) => place + (runs[run]?.length ?? 0) <= latest);
    open[run] = left;
    latest = left.at(-1) ?? 0;
  }
  // The first and the last place of each are both part of some arrangement, so it is the only one when they are the same.
  const unsure = open.findIndex(({ length }) => length > 1);
  if (unsure >= 0) return { ways: 'many', run: unsure, places: open[unsure] ?? [] };
  return { ways: 'one', places: open.map(([place]) => place ?? 0) };
}
