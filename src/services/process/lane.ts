/**
 * A lane: a small process that starts one command after another. To start one, keystone itself would have to be duplicated,
 * which for a process of its size takes longer than most short commands do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import {
  encodeCommand,
  encodeMessage,
  LANE_INTERPRETER,
  type LaneAnswer,
  type LaneCommand,
  laneArguments,
  parseAnswer,
} from './lane-program.ts';
import { type LaneEvent, type LaneState, nextLaneState } from './lane-state.ts';
import type { OutputStream } from './process-output.ts';

/** `refused`: it was not started. `lost`: the lane is gone, what became of the command is not known. */
export type LaneEnd = LaneAnswer | 'refused' | 'lost';

const READ_NOW = constants.O_RDONLY | constants.O_NONBLOCK;

export class Lane {
  readonly #child: ChildProcess;
  #state: LaneState = 'starting';
  /** Our reading ends, open as long as the lane lives. */
  #pipes: Readonly<Record<OutputStream, number>> | undefined;
  #isLost = false;
  #received = '';
  #line: ((line: string | undefined) => void) | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.once('error', () => this.#lose());
    child.once('exit', () => this.#lose());
    child.stdin?.on('error', () => {});
    child.stdout?.on('error', () => {});
    child.stdout?.setEncoding('latin1').on('data', (text: string) => this.#receive(text));
    // It keeps nobody alive; its standard input ends with us, and then so does it.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref();
  }

  /** @throws when there can be no lanes on this system. */
  static async start(): Promise<Lane> {
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
    const options = { cwd: '/', env: {}, stdio, detached: true };
    const lane = new Lane(spawn(LANE_INTERPRETER, laneArguments(), options));
    try {
      const numbers = await lane.#nextLine();
      const open = (place: number): number =>
        openSync(`/proc/${lane.#child.pid}/fd/${Number(numbers?.split(' ')[place])}`, READ_NOW);
      const stdout = open(0);
      lane.#pipes = { stdout, stderr: stdout };
      lane.#pipes = { stdout, stderr: open(1) };
      if (!existsSync(lane.#children)) throw new Error('children of a process are not listed');
      lane.#child.stdin?.write(encodeMessage([String(lane.#pipes.stdout), String(lane.#pipes.stderr)]));
      if ((await lane.#nextLine()) !== 'ready') throw new Error('the lane did not become ready');
      lane.#move('ready');
      return lane;
    } catch (error) {
      lane.close();
      throw error;
    }
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Runs a command to its end. Its output is in `pipe` and must be read meanwhile, or the command may wait for that. */
  async run(command: LaneCommand): Promise<LaneEnd> {
    this.#move('begin');
    const { stdin, stdout } = this.#child;
    if (stdout instanceof Socket) stdout.ref();
    const told = this.#nextLine();
    stdin?.write(encodeCommand(command));
    const line = await told;
    if (stdout instanceof Socket) stdout.unref();
    this.#move('end');
    if (line === undefined) return 'lost';
    return parseAnswer(line) ?? 'refused';
  }

  /** For reading what is there and no more: without waiting. */
  pipe(name: OutputStream): number {
    if (this.#pipes === undefined) throw new Error('the lane has no pipes');
    return this.#pipes[name];
  }

  /** The same pipe once more, as a stream that ends when nobody can write any more. */
  openStream(name: OutputStream): Socket {
    const fd = openSync(`/proc/self/fd/${this.pipe(name)}`, READ_NOW);
    return new Socket({ fd, readable: true, writable: false });
  }

  /** The process of the running command, which also leads its group; undefined before it exists and after it ended. */
  childPid(): number | undefined {
    try {
      const first = Number.parseInt(readFileSync(this.#children, 'latin1'), 10);
      return Number.isNaN(first) ? undefined : first;
    } catch {
      return undefined;
    }
  }

  /** After everything a command printed has been read and nobody can print any more: ready for the next. */
  release(): void {
    if (this.#isLost) this.close();
    else this.#move('clean');
  }

  /** Ends it, now or after the command it runs; what still writes into its pipes finds them closed, as it would ours. */
  close(): void {
    if (this.#state === 'retired') return;
    this.#move('close');
    this.#child.stdin?.end();
    if (this.#pipes !== undefined) for (const fd of new Set(Object.values(this.#pipes))) closeSync(fd);
    this.#line?.(undefined);
  }

  get #children(): string {
    return `/proc/${this.#child.pid}/task/${this.#child.pid}/children`;
  }

  /** The process is gone. What the command has printed is still to be read. */
  #lose(): void {
    this.#isLost = true;
    if (this.#state === 'running') this.#line?.(undefined);
    else if (this.#state !== 'draining') this.close();
  }

  #move(event: LaneEvent): void {
    this.#state = nextLaneState(this.#state, event);
  }

  #nextLine(): Promise<string | undefined> {
    if (this.#state === 'retired') return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#line = resolve;
    });
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\n');
    if (end === -1) return;
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 1);
    this.#line?.(line);
  }
}
