/** Redacts a stream of bytes, however secrets are split over its chunks, holding back only what may be the start of one. */
import type { ByteMatch, PatternSearch } from './redact-search.ts';

export interface RedactedStream {
  /** @returns what can be shown now; the chunk itself when there is nothing to hide. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back, at the end of the stream. */
  flush(): Uint8Array;
}

/** What the streams of one redactor share. */
export interface Searching {
  /** Undefined when there is nothing to hide. */
  search: PatternSearch | undefined;
  /** The last piece any of them looked through: the same output often goes two ways, to a log and to a blob. */
  last?: Looked | undefined;
}

/** What a stream holds back between two chunks. */
interface Rest {
  /** Beginning of a possible secret; never longer than the longest one. */
  held: Uint8Array;
  /** How many of the held bytes belong to a secret whose mask is already out. */
  masked: number;
}

interface Looked {
  chunk: Uint8Array;
  before: Rest;
  shown: Uint8Array;
  after: Rest;
}

const NOTHING = new Uint8Array(0);
const EMPTY: Rest = { held: NOTHING, masked: 0 };

export class RedactingStream implements RedactedStream {
  readonly #searching: Searching;
  readonly #mask: Uint8Array;
  #rest = EMPTY;

  constructor(searching: Searching, mask: string) {
    this.#searching = searching;
    this.#mask = Buffer.from(mask);
  }

  push(chunk: Uint8Array): Uint8Array {
    const { search, last } = this.#searching;
    if (chunk.length === 0 || search === undefined) return chunk;
    const before = this.#rest;
    if (last?.chunk === chunk && isSame(last.before, before)) {
      this.#rest = last.after;
      return last.shown;
    }
    const data = before.held.length === 0 ? chunk : Buffer.concat([before.held, chunk]);
    const { matches, cutOff } = search.find(data);
    const shown = this.#show(data, matches, cutOff);
    this.#searching.last = { chunk, before, shown, after: this.#rest };
    return shown;
  }

  flush(): Uint8Array {
    const { search } = this.#searching;
    const { held } = this.#rest;
    const shown = search === undefined ? held : this.#show(held, search.find(held).matches, held.length);
    this.#rest = EMPTY;
    return shown;
  }

  /** Shows the data up to `limit`; keeps the rest. Matches that overlap share one mask. */
  #show(data: Uint8Array, matches: readonly ByteMatch[], limit: number): Uint8Array {
    let covered = this.#rest.masked;
    const shown: Uint8Array[] = [];
    for (const { start, end } of matches) {
      if (start >= limit) break;
      if (start >= covered) shown.push(data.subarray(covered, start), this.#mask);
      covered = Math.max(covered, end);
    }
    if (covered < limit) shown.push(data.subarray(covered, limit));
    this.#rest =
      limit === data.length
        ? EMPTY
        : // A copy: the chunk's memory is not ours to keep.
          { held: Uint8Array.from(data.subarray(limit)), masked: Math.max(0, covered - limit) };
    return shown.length === 1 && shown[0] !== undefined ? shown[0] : Buffer.concat(shown);
  }
}

function isSame(a: Rest, b: Rest): boolean {
  return a === b || (a.masked === b.masked && Buffer.compare(a.held, b.held) === 0);
}
