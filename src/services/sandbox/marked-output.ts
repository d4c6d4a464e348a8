/** Takes what is between two marks out of a stream of bytes, and hands on the rest as it comes. */
export class MarkedOutput {
  readonly #mark: Buffer;
  readonly #pass: (chunk: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  #found: Buffer[] | undefined;
  #isOver = false;

  /** @param pass gets what is outside. */
  constructor(mark: string, pass: (chunk: Buffer) => void) {
    this.#mark = Buffer.from(mark);
    this.#pass = pass;
  }

  push(chunk: Buffer): void {
    if (this.#isOver) {
      this.#pass(chunk);
      return;
    }
    const bytes = Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#mark);
    // The beginning of a mark may be the end of this piece.
    const sure = at >= 0 ? at : Math.max(0, bytes.length - this.#mark.length + 1);
    this.#take(bytes.subarray(0, sure));
    this.#held = Buffer.from(bytes.subarray(at >= 0 ? at + this.#mark.length : sure));
    if (at < 0) return;
    if (this.#found === undefined) this.#found = [];
    else this.#isOver = true;
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    this.push(rest);
  }

  /** To be called when nothing more comes. @returns what was between the marks; undefined when there were not both. */
  end(): string | undefined {
    if (!this.#isOver) this.#take(this.#held);
    return this.#isOver && this.#found !== undefined
      ? Buffer.concat(this.#found).toString('utf8')
      : undefined;
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#found === undefined) this.#pass(bytes);
    else this.#found.push(Buffer.from(bytes));
  }
}
