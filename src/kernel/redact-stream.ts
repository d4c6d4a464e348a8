/** Redacts a stream of bytes, however secrets are split over its chunks, holding back only what may be the start of one. */
import type { PatternSearch } from './redact-search.ts';

export interface RedactedStream {
  /** @returns what can be shown now; the chunk itself when there is nothing to hide. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back, at the end of the stream. */
  flush(): Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** For streams with no secret to hide. */
export const passThrough: RedactedStream = { push: (chunk) => chunk, flush: () => NOTHING };

export class RedactingStream implements RedactedStream {
  readonly #search: PatternSearch;
  readonly #mask: Uint8Array;
  /** Beginning of a possible secret; never longer than the longest one. */
  #held: Uint8Array = NOTHING;
  /** How many of the held bytes belong to a secret whose mask is already out. */
  #masked = 0;

  constructor(search: PatternSearch, mask: string) {
    this.#search = search;
    this.#mask = Buffer.from(mask);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return this.#show(data, this.#search.cutOff(data));
  }

  flush(): Uint8Array {
    const shown = this.#show(this.#held, this.#held.length);
    this.#held = NOTHING;
    this.#masked = 0;
    return shown;
  }

  /** Shows the data up to `limit`; keeps the rest. Matches that overlap share one mask. */
  #show(data: Uint8Array, limit: number): Uint8Array {
    const matches = this.#search.find(data);
    let covered = this.#masked;
    const shown: Uint8Array[] = [];
    for (const { start, end } of matches) {
      if (start >= limit) break;
      if (start >= covered) shown.push(data.subarray(covered, start), this.#mask);
      covered = Math.max(covered, end);
    }
    if (covered < limit) shown.push(data.subarray(covered, limit));
    this.#masked = Math.max(0, covered - limit);
    // A copy: the chunk's memory is not ours to keep.
    this.#held = limit === data.length ? NOTHING : Uint8Array.from(data.subarray(limit));
    return shown.length === 1 && shown[0] !== undefined ? shown[0] : Buffer.concat(shown);
  }
}
