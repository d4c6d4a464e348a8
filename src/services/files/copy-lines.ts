/** Copies the lines a file has now, piece by piece: UTF-8, each ended by one line feed, so that a copy needs no second reading of rules. */
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { StepFailure } from '../../kernel/failure.ts';

/** A line is a value of expressions and arguments, so it has to fit into memory many times. */
export const LONGEST_LINE_BYTES = 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const LINE_FEED = 10;
const RETURN = 13;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface CopyLinesOptions {
  /** The file as people know it. */
  name: string;
  signal: AbortSignal;
  /** What is written in place of lines, in pieces that need it. May not make several lines of one. @default the lines */
  change?: { isNeeded(piece: Buffer): boolean; line(line: string): string };
}

/**
 * A line ends with `\n` or `\r\n`; what follows the last one is a line too, unless it is empty. What is appended meanwhile is left
 * out, and so is a byte order mark.
 * @returns how many lines there are.
 * @throws {StepFailure} NOT_TEXT, LINE_TOO_LONG with the number of the line
 */
export async function copyLines(
  file: FileHandle,
  write: (bytes: Uint8Array) => void,
  options: CopyLinesOptions,
): Promise<number> {
  const copy = new LineCopy(write, options);
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (let position = 0; position < size; ) {
    options.signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(PIECE_BYTES, size - position), position);
    if (bytesRead === 0) break; // it became shorter
    const isMarked = position === 0 && buffer.subarray(0, 3).equals(BYTE_ORDER_MARK);
    copy.take(buffer.subarray(isMarked ? 3 : 0, bytesRead));
    position += bytesRead;
  }
  return copy.end();
}

class LineCopy {
  #count = 0;
  /** The beginning of a line that has not ended. */
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(
    private readonly write: (bytes: Uint8Array) => void,
    private readonly options: CopyLinesOptions,
  ) {}

  take(piece: Buffer): void {
    const last = piece.lastIndexOf(LINE_FEED);
    if (last >= 0) {
      const whole = Buffer.concat([...this.#open, piece.subarray(0, last + 1)]);
      this.#open = [];
      this.#openBytes = 0;
      this.#lines(whole);
    }
    if (last === piece.length - 1) return;
    // The piece is reused for the next one.
    const rest = Buffer.from(piece.subarray(last + 1));
    this.#open.push(rest);
    this.#openBytes += rest.length;
    if (this.#openBytes > LONGEST_LINE_BYTES) throw this.#tooLong(this.#count + 1);
  }

  end(): number {
    if (this.#openBytes > 0) this.#lines(Buffer.concat([...this.#open, Buffer.from([LINE_FEED])]), false);
    return this.#count;
  }

  /** Counts the lines, and finds those that are none. @param isEnded false for one that has got its end here */
  #lines(whole: Buffer, isEnded = true): void {
    const isText = isUtf8(whole);
    for (let start = 0; start < whole.length; ) {
      const end = whole.indexOf(LINE_FEED, start);
      this.#count++;
      if (end - start > LONGEST_LINE_BYTES) throw this.#tooLong(this.#count);
      if (!isText && !isUtf8(whole.subarray(start, end)))
        throw new StepFailure('NOT_TEXT', `line ${this.#count} of "${this.options.name}" is no UTF-8`);
      start = end + 1;
    }
    this.write(this.#changed(whole, isEnded));
  }

  #changed(whole: Buffer, isEnded: boolean): Buffer {
    const { change } = this.options;
    const isChanged = change?.isNeeded(whole) === true;
    const hasReturns = isEnded && whole.includes(RETURN);
    if (!isChanged && !hasReturns) return whole;
    const text = hasReturns ? whole.toString('utf8').replaceAll('\r\n', '\n') : whole.toString('utf8');
    if (!isChanged) return Buffer.from(text);
    const lines = text.slice(0, -1).split('\n');
    return Buffer.from(`${lines.map((line) => change.line(line)).join('\n')}\n`);
  }

  #tooLong(line: number): StepFailure {
    return new StepFailure(
      'LINE_TOO_LONG',
      `line ${line} of "${this.options.name}" is longer than ${LONGEST_LINE_BYTES / 1024} KiB`,
    );
  }
}
