/** Keeps one output stream: in memory while it is small, in a blob as soon as it is not. */
import { isUtf8 } from 'node:buffer';
import type { BlobRef, BlobSink } from '../../kernel/blob-ref.ts';

/** Kept in memory per stream. */
export const MEMORY_LIMIT_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 4096;

export class Capture {
  readonly #openBlob: () => BlobSink;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sink: BlobSink | undefined;
  /** The last pieces, once the rest went to the sink. */
  #last: Buffer = Buffer.alloc(0);

  constructor(openBlob: () => BlobSink) {
    this.#openBlob = openBlob;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#sink === undefined && this.#bytes <= MEMORY_LIMIT_BYTES) {
      this.#chunks.push(chunk);
      return;
    }
    const sink = this.#spill();
    sink.write(chunk);
    this.#remember(chunk);
  }

  /** The end of the stream as text, for messages: at most 4 KB, whole lines where possible, else with a mark where a line is cut. */
  tail(): string {
    const all = this.#sink === undefined ? Buffer.concat(this.#lastChunks()) : this.#last;
    const tail = all.subarray(wholeCharacter(all, Math.max(0, all.length - TAIL_BYTES))).toString('utf8');
    const cut = all.length > TAIL_BYTES || this.#bytes > all.length;
    if (!cut) return tail.trimEnd();
    const lineBreak = tail.indexOf('\n');
    // Half a line may begin within a secret: the mark tells redaction to look for its end.
    return (lineBreak === -1 ? `\u2026${tail}` : tail.slice(lineBreak + 1)).trimEnd();
  }

  /** The text, or a reference when it is too large or no UTF-8. Call once, at the end. */
  finish(): string | BlobRef {
    const spilled = this.#sink;
    this.#sink = undefined;
    if (spilled !== undefined) return spilled.end();
    const content = Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (isUtf8(content)) return content.toString('utf8');
    const sink = this.#openBlob();
    sink.write(content);
    return sink.end();
  }

  /** Throws away what was spilled. */
  abort(): void {
    this.#sink?.abort();
    this.#chunks = [];
  }

  #spill(): BlobSink {
    if (this.#sink !== undefined) return this.#sink;
    this.#sink = this.#openBlob();
    for (const chunk of this.#chunks) this.#sink.write(chunk);
    this.#last = Buffer.concat(this.#lastChunks());
    this.#chunks = [];
    return this.#sink;
  }

  #remember(chunk: Uint8Array): void {
    const joined = chunk.byteLength >= TAIL_BYTES ? Buffer.from(chunk) : Buffer.concat([this.#last, chunk]);
    this.#last = joined.length > 4 * TAIL_BYTES ? Buffer.from(joined.subarray(-TAIL_BYTES)) : joined;
  }

  #lastChunks(): Uint8Array[] {
    let bytes = 0;
    let from = this.#chunks.length;
    while (from > 0 && bytes <= TAIL_BYTES) bytes += this.#chunks[--from]!.byteLength;
    return this.#chunks.slice(from);
  }
}

/** The next offset at which a character of UTF-8 begins. */
function wholeCharacter(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < from + 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}
