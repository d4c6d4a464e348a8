/**
 * SQLite writes a WAL frame as a header and a page, frame after frame: dozens of small adjacent writes for one commit.
 * They are gathered here and reach the file as one, at the latest before it is synced, read, or the mutex is given up.
 */
import * as fs from 'node:fs';

const CAPACITY = 256 * 1024;
/** A file that grows gets as much again in zeros, within these bounds. */
const LEAST_RESERVE = 64 * 1024;
const MOST_RESERVE = 512 * 1024;
let zeros: Buffer | undefined;

export class WriteBuffer {
  #buffer: Buffer | undefined;
  #start = 0;
  #length = 0;
  /** As far as this process knows; another one may have changed it. */
  #fileSize = 0;

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

  /** After the file was truncated, or another process may have written to it. */
  forgetSize(): void {
    this.#fileSize = 0;
  }

  #writeOut(data: Buffer, offset: number): void {
    this.onWrite(offset, data);
    for (let done = 0; done < data.length; ) {
      done += fs.writeSync(this.fd, data, done, data.length - done, offset + done);
    }
    if (offset + data.length > this.#fileSize) this.#reserve(offset + data.length);
  }

  /**
   * Syncing a file that grew costs twice as much as one that did not, since its size must be written as well. So it grows
   * rarely, by zeros, which SQLite takes for the end of the WAL. Only ever beyond the end of the file: what is before it
   * may be needed for recovery.
   */
  #reserve(end: number): void {
    this.#fileSize = fs.fstatSync(this.fd).size;
    if (this.#fileSize !== end) return;
    zeros ??= Buffer.alloc(MOST_RESERVE);
    const reserve = zeros.subarray(0, Math.min(MOST_RESERVE, Math.max(LEAST_RESERVE, end)));
    try {
      this.onWrite(end, reserve);
      this.#fileSize += fs.writeSync(this.fd, reserve, 0, reserve.length, end);
    } catch {
      // No room for it: what had to be written is written.
    }
  }
}
