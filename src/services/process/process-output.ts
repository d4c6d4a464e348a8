/** Hands the output of a process to its reader, piece by piece: back-pressure, failing readers, and streams that never end. */
import type { Readable } from 'node:stream';
import { systemClock } from '../../kernel/clock.ts';

export type OutputStream = 'stdout' | 'stderr';

/** Gets every piece of output. A promise holds back its stream until it resolves. A throw means: no more. */
export type OutputReader = (stream: OutputStream, chunk: Buffer) => void | Promise<void>;

/** How long output may stay silent after the process has ended while something else still holds it open, in ms. */
export const DEFAULT_DRAIN_MS = 250;
/** Silent periods granted to a background process that keeps writing after its parent has ended. */
const MOST_DRAINS = 8;

export class ProcessOutput {
  readonly #reader: OutputReader;
  readonly #onFailure: (error: unknown) => void;
  /** Readers at work, by stream, until they are done with all they were given. */
  readonly #busy = new Map<OutputStream, Promise<void>>();
  /** Pieces so far. */
  #chunks = 0;
  /** The reader threw: what still comes is dropped. */
  #deaf = false;

  /** @param onFailure gets what the reader threw. */
  constructor(reader: OutputReader, onFailure: (error: unknown) => void) {
    this.#reader = reader;
    this.#onFailure = onFailure;
  }

  /** Reads the stream from now on. */
  attach(name: OutputStream, stream: Readable): void {
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => this.push(name, chunk, stream));
    const busy = this.#busy.get(name);
    if (busy !== undefined) this.#hold(name, stream, busy);
  }

  /** One piece, from a stream that can be held back or from nowhere. */
  push(name: OutputStream, chunk: Buffer, stream?: Readable): void {
    this.#chunks++;
    if (this.#deaf) return;
    // Node resumes a paused stream when the process ends, so a chunk may come while its reader is still busy.
    const busy = this.#busy.get(name);
    try {
      const reading =
        busy === undefined
          ? this.#reader(name, chunk)
          : busy.then(() => (this.#deaf ? undefined : this.#reader(name, chunk)));
      if (reading !== undefined) this.#hold(name, stream, reading);
    } catch (error) {
      this.#fail(error);
    }
  }

  isBusy(name: OutputStream): boolean {
    return this.#busy.has(name);
  }

  /** Resolves when the readers are done with everything they were given; undefined when they are already. */
  settled(): Promise<unknown> | undefined {
    return this.#busy.size > 0 ? Promise.all(this.#busy.values()) : undefined;
  }

  /**
   * After the leader's end whatever it wrote is still in the pipe and is read. But a background process may hold the
   * pipe open for ever: when it has been silent for a while (or keeps talking for too long) it is given up.
   * @returns takes it back.
   */
  giveUpWhenQuiet(giveUp: () => void, drainMs = DEFAULT_DRAIN_MS): () => void {
    let cancel = (): void => {};
    let over = false;
    const wait = (left: number): void => {
      const seen = this.#chunks;
      cancel = systemClock.after(drainMs, () => {
        // The timer may be late because this process was busy: let pending reads come in before judging.
        setImmediate(() => {
          if (over) return;
          const talking = this.#busy.size > 0 || this.#chunks !== seen;
          if (talking && (left > 0 || this.#busy.size > 0)) wait(left - 1);
          else giveUp();
        });
      });
    };
    wait(MOST_DRAINS);
    return () => {
      over = true;
      cancel();
    };
  }

  /** Lets nothing more of the stream through until its reader is done. */
  #hold(name: OutputStream, stream: Readable | undefined, reading: Promise<void>): void {
    stream?.pause();
    const busy: Promise<void> = reading
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        if (this.#busy.get(name) !== busy) return;
        this.#busy.delete(name);
        stream?.resume();
      });
    this.#busy.set(name, busy);
  }

  #fail(error: unknown): void {
    this.#deaf = true;
    this.#onFailure(error);
  }
}
