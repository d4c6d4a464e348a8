/** Lines of a file by their number, read block by block when they are asked for: what is in memory does not grow with the file. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Lines read at once, and kept for those who ask for their neighbours. */
const BLOCK_LINES = 256;
/** Blocks kept: items that run at once may lie in several. */
const MOST_BLOCKS = 4;
const PIECE_BYTES = 256 * 1024;
const LINE_FEED = 10;

/** An array of the lines of a file that nobody changes, each ended by a line feed. Holds no descriptor between calls. */
export class LineReader {
  /** Where each block begins, as far as the file has been looked through. */
  readonly #starts = [0];
  /** How far that is, in bytes and in lines. */
  #looked = 0;
  #lines = 0;
  /** By number, the least lately used first. */
  readonly #blocks = new Map<number, readonly string[]>();

  /** @param length how many lines there are. */
  constructor(
    private readonly path: string,
    readonly length: number,
  ) {}

  /** @throws what the system says when the file cannot be read; Error when it is shorter than it was. */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const number = Math.floor(index / BLOCK_LINES);
    const block = this.#blocks.get(number) ?? this.#read(number);
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
    const line = block[index % BLOCK_LINES];
    if (line === undefined) throw new Error(`${this.path} has fewer than ${index + 1} lines`);
    return line;
  }

  #read(number: number): string[] {
    const file = openSync(this.path, 'r');
    try {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      while (this.#starts.length <= number + 1 && this.#look(file, piece));
      return this.#take(file, this.#starts[number] ?? 0, this.#starts[number + 1] ?? this.#looked);
    } finally {
      closeSync(file);
    }
  }

  /** Looks through the next piece of the file. @returns whether there was one */
  #look(file: number, piece: Buffer): boolean {
    const bytes = readSync(file, piece, 0, PIECE_BYTES, this.#looked);
    for (let at = piece.indexOf(LINE_FEED); at >= 0 && at < bytes; at = piece.indexOf(LINE_FEED, at + 1))
      if (++this.#lines % BLOCK_LINES === 0) this.#starts.push(this.#looked + at + 1);
    this.#looked += bytes;
    return bytes > 0;
  }

  #take(file: number, start: number, end: number): string[] {
    const whole = Buffer.allocUnsafe(end - start);
    for (let done = 0; done < whole.length; ) {
      const bytes = readSync(file, whole, done, whole.length - done, start + done);
      if (bytes === 0) break;
      done += bytes;
    }
    return whole.toString('utf8').split('\n').slice(0, -1);
  }
}
