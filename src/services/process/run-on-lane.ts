/** One command on a lane: what `runProcess` does, with nothing made for it that a short and quiet command does not need. */
import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { systemClock } from '../../kernel/clock.ts';
import type { Lane, LaneEnd } from './lane.ts';
import { type EndOptions, killProcessGroup, signalGroup } from './process-group.ts';
import { type OutputReader, type OutputStream, ProcessOutput } from './process-output.ts';
import { abortFailure, endEscaped, type ProcessRequest, type ProcessResult } from './run-process.ts';

/** A command that runs longer is read while it runs; what a shorter one prints lies in its pipes at its end. */
const FOLLOW_AFTER_MS = 10;
/** How soon to look again for a process that the lane is about to start. */
const LOOK_AGAIN_MS = 1;
/** Pieces of 64 KiB, which is what a pipe holds: more come only from a process that still writes. */
const MOST_READS = 4;
const STREAMS: readonly OutputStream[] = ['stdout', 'stderr'];

/** The requests a lane can take; orphans of others could not be told, or their input not be written. */
export type LaneRequest = ProcessRequest & { onOutput: OutputReader };

/**
 * Runs a command on a lane that is idle, and leaves the lane idle or retired.
 * @returns undefined when it was not started, for whatever reason; `runProcess` will know it.
 * @throws {StepFailure} as `runProcess` does after an abort.
 */
export async function runOnLane(lane: Lane, request: LaneRequest): Promise<ProcessResult | undefined> {
  const { signal } = request;
  if (signal?.aborted) throw abortFailure(request, signal);
  const step = new LaneStep(lane, request);
  const onAbort = (): void => {
    if (signal !== undefined) step.stop(abortFailure(request, signal), request.graceMs);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await step.run();
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

class LaneStep {
  readonly #lane: Lane;
  readonly #request: LaneRequest;
  readonly #output: ProcessOutput;
  readonly #streams = new Map<OutputStream, { socket: Socket; closed: Promise<void> }>();
  #hasEnded = false;
  /** What to throw at the end instead of a result. */
  #failure: unknown;
  /** The killing under way. */
  #ending: Promise<void> | undefined;

  constructor(lane: Lane, request: LaneRequest) {
    this.#lane = lane;
    this.#request = request;
    this.#output = new ProcessOutput(request.onOutput, (error) => this.stop(error, 0));
  }

  async run(): Promise<ProcessResult | undefined> {
    const cancel = this.#followLater();
    const end = await this.#lane.run(this.#request);
    cancel();
    if (end === 'lost') await endEscaped(this.#request, this.#options(this.#request.graceMs));
    this.#hasEnded = true;
    if (await this.#readRest()) this.#lane.release();
    else this.#lane.close();
    await this.#output.settled();
    await this.#ending;
    if (this.#failure !== undefined) throw this.#failure;
    return resultOf(end);
  }

  /** Ends the group and all that escaped from it; the first reason given is the one that is thrown. */
  stop(failure: unknown, graceMs: number | undefined): void {
    this.#failure ??= failure;
    this.#ending ??= this.#end(this.#options(graceMs));
  }

  #options(graceMs: number | undefined): EndOptions {
    return graceMs === undefined ? {} : { graceMs };
  }

  /** The first signal goes out in this very turn, unless the lane was told of the command only in this turn as well. */
  async #end(options: EndOptions): Promise<void> {
    while (!this.#hasEnded) {
      const pid = this.#lane.childPid();
      if (pid !== undefined && signalGroup(pid, 0)) {
        await killProcessGroup(pid, options);
        break;
      }
      await new Promise<void>((resolve) => systemClock.after(LOOK_AGAIN_MS, resolve));
    }
    await endEscaped(this.#request, options);
  }

  #followLater(): () => void {
    let cancel = systemClock.after(FOLLOW_AFTER_MS, () => {
      const pid = this.#lane.childPid();
      if (!this.#hasEnded && (pid === undefined || !this.#follow(pid))) cancel = this.#followLater();
    });
    return () => cancel();
  }

  /**
   * The lane opens the pipes before it starts the process: now that there is one, their end is the end of all writers.
   * @returns false when that must be tried again, since too many files are open.
   */
  #follow(pid: number): boolean {
    try {
      for (const name of STREAMS) if (!this.#streams.has(name)) this.#stream(name);
    } catch {
      return false;
    }
    try {
      this.#request.onStart?.(pid);
    } catch (error) {
      this.stop(error, 0);
    }
    return true;
  }

  #stream(name: OutputStream): void {
    const socket = this.#lane.openStream(name);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    this.#streams.set(name, { socket, closed });
    this.#output.attach(name, socket);
  }

  /** @returns whether all writers are gone, rather than given up. */
  async #readRest(): Promise<boolean> {
    for (const name of STREAMS) if (!this.#streams.has(name) && !this.#readNow(name)) this.#stream(name);
    if (this.#streams.size === 0) return true;
    let isComplete = true;
    const cancel = this.#output.giveUpWhenQuiet(() => {
      for (const { socket } of this.#streams.values()) {
        if (socket.closed) continue;
        isComplete = false;
        socket.destroy();
      }
    }, this.#request.drainMs);
    await Promise.all([...this.#streams.values()].map(({ closed }) => closed));
    cancel();
    return isComplete;
  }

  /** Reads what is there. @returns whether that was all that will ever be. */
  #readNow(name: OutputStream): boolean {
    const fd = this.#lane.pipe(name);
    try {
      for (let reads = 0; reads < MOST_READS && !this.#output.isBusy(name); reads++) {
        const bytes = readSync(fd, buffer);
        if (bytes === 0) return true;
        this.#output.push(name, Buffer.from(buffer.subarray(0, bytes)));
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
    return false;
  }
}

const buffer = Buffer.allocUnsafe(64 * 1024);

const SIGNAL_NAMES = new Map<number, NodeJS.Signals>();
for (const [name, number] of Object.entries(constants.signals))
  if (!SIGNAL_NAMES.has(number) && isSignal(name)) SIGNAL_NAMES.set(number, name);

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

/** Without its lane nobody learns how a command ended; it was ended then. */
function resultOf(end: LaneEnd): ProcessResult | undefined {
  if (end === 'refused') return undefined;
  if (end === 'lost') return { pid: 0, exitCode: null, signal: 'SIGKILL' };
  const { pid, status } = end;
  const signal = SIGNAL_NAMES.get(status & 0x7f);
  return signal === undefined
    ? { pid, exitCode: (status & 0x7f) === 0 ? status >> 8 : 128 + (status & 0x7f), signal: null }
    : { pid, exitCode: null, signal };
}
