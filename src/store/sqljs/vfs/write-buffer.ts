/**
 * SQLite writes a WAL frame as a header and a page, frame after frame: dozens of small adjacent writes for one commit.
 * They are gathered here and reach the file as one, at the latest before it is synced, read, or the mutex is given up.
 */
import * as fs from 'node:fs';

const CAPACITY = 256 * 1024;

export class WriteBuffer {
  #buffer: Buffer | undefined;
  #start = 0;
  #length = 0;

  constructor(
    private readonly fd: number,
    /** Told of each write before it happens. */
    private readonly onWrite: (offset: number, data: Uint8Array) => void,
  ) {}

  write(source: Buffer, at: number, length: number, offset: number): void {
    if (offset !== this.#start + this.#length || this.#length + length > CAPACITY) this.flush();
    if (length > CAPACITY) {
      this.#writeOut(source.subarray(at, at + length), offset);
      return;
    }
    this.#buffer ??= Buffer.allocUnsafeSlow(CAPACITY);
    if (this.#length === 0) this.#start = offset;
    source.copy(this.#buffer, this.#length, at, at + length);
    this.#length += length;
  }

  /** What cannot be written is given up: the caller must treat the transaction as failed. */
  flush(): void {
    if (this.#length === 0 || this.#buffer === undefined) return;
    const data = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    this.#writeOut(data, this.#start);
  }

  discard(): void {
    this.#length = 0;
  }

  #writeOut(data: Buffer, offset: number): void {
    this.onWrite(offset, data);
    for (let done = 0; done < data.length; ) {
      done += fs.writeSync(this.fd, data, done, data.length - done, offset + done);
    }
  }
}
