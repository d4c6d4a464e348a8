/**
 * One child process from start to end, as the leader of its own process group: streams, abort, and nothing left behind.
 * A thin layer over `spawn`, because it is the hot path of a run: zx's `$` costs 1.4 ms more per process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { systemClock } from '../../kernel/clock.ts';
import { StepFailure } from '../../kernel/failure.ts';
import { endOrphans } from './orphans.ts';
import { killProcessGroup } from './process-group.ts';
import { spawnFailure } from './spawn-failure.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface ProcessRequest {
  command: string;
  args: readonly string[];
  /** Absolute. */
  cwd: string;
  /** The whole environment of the child; nothing is added to it. */
  env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. Absent: standard input is empty. */
  stdin?: string | Uint8Array;
  signal?: AbortSignal;
  /** Between SIGTERM and SIGKILL after an abort, in ms. @default 5000 */
  graceMs?: number;
  /** How long output may stay silent after the process has ended while something else still holds it open, in ms. @default 250 */
  drainMs?: number;
  /** Gets every piece of output. A promise holds back this stream until it resolves. A throw ends the process. */
  onOutput?: (stream: OutputStream, chunk: Buffer) => void | Promise<void>;
  /** Called once with the pid, which is also the id of the process group. */
  onStart?: (pid: number) => void;
}

export interface ProcessResult {
  pid: number;
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** Silent periods of `drainMs` granted to a background process that keeps writing after its parent has ended. */
const MOST_DRAINS = 8;

/**
 * Runs a process to its end.
 * @throws {StepFailure} COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, FOLDER_NOT_FOUND, COMMAND_TOO_LONG, INVALID_COMMAND, NO_RESOURCES
 *   when it cannot start; CANCELED (or the signal's own reason when that is a StepFailure) after an abort, once the whole group is gone.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const { signal } = request;
  if (signal?.aborted) throw abortFailure(request, signal);
  const child = start(request);
  const running: Running = {
    child,
    request,
    failure: undefined,
    ending: undefined,
    busy: new Map(),
    chunks: 0,
    deaf: false,
  };
  const onAbort = (): void => stop(running, signal && abortFailure(request, signal), request.graceMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const ended = untilClosed(running);
    begin(running);
    const result = await ended;
    if (running.busy.size > 0) await Promise.all(running.busy.values());
    await running.ending;
    if (running.failure !== undefined) throw running.failure;
    return result;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

interface Running {
  child: ChildProcess;
  request: ProcessRequest;
  /** What to throw at the end instead of a result. */
  failure: unknown;
  /** The killing under way. */
  ending: Promise<unknown> | undefined;
  /** Readers at work, by stream, until they are done with all they were given. */
  busy: Map<OutputStream, Promise<void>>;
  /** Pieces of output so far. */
  chunks: number;
  /** The reader threw: what still comes is dropped. */
  deaf: boolean;
}

function start(request: ProcessRequest): ChildProcess {
  const output = request.onOutput === undefined ? 'ignore' : 'pipe';
  try {
    return spawn(request.command, request.args, {
      cwd: request.cwd,
      env: request.env,
      stdio: [request.stdin === undefined ? 'ignore' : 'pipe', output, output],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  } catch (error) {
    throw spawnFailure(error, request);
  }
}

/** Resolves when the process has ended and its output is read to the end (or given up). */
function untilClosed(running: Running): Promise<ProcessResult> {
  const { child, request } = running;
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (child.pid === undefined) reject(spawnFailure(error, request));
    });
    child.once('exit', () => {
      if (request.onOutput !== undefined) drain(running);
    });
    child.once('close', (exitCode, signal) => resolve({ pid: child.pid ?? 0, exitCode, signal }));
  });
}

function begin(running: Running): void {
  const { child, request } = running;
  if (child.pid === undefined) return;
  if (child.stdout) pump(running, 'stdout', child.stdout);
  if (child.stderr) pump(running, 'stderr', child.stderr);
  if (child.stdin) {
    // The child may end, or close its input, before it has read everything: its business, not an error of ours.
    child.stdin.on('error', () => {});
    child.stdin.end(request.stdin);
  }
  try {
    request.onStart?.(child.pid);
  } catch (error) {
    stop(running, error, 0);
  }
}

function pump(running: Running, name: OutputStream, stream: Readable): void {
  const { onOutput } = running.request;
  if (onOutput === undefined) return;
  stream.on('error', () => {});
  stream.on('data', (chunk: Buffer) => {
    running.chunks++;
    if (running.deaf) return;
    // Node resumes a paused stream when the process ends, so a chunk may come while its reader is still busy.
    const busy = running.busy.get(name);
    if (busy !== undefined)
      return hold(
        running,
        name,
        stream,
        busy.then(() => (running.deaf ? undefined : onOutput(name, chunk))),
      );
    try {
      const reading = onOutput(name, chunk);
      if (reading !== undefined) hold(running, name, stream, reading);
    } catch (error) {
      readerFailed(running, error);
    }
  });
}

/** Lets nothing more of the stream through until its reader is done. */
function hold(running: Running, name: OutputStream, stream: Readable, reading: Promise<void>): void {
  stream.pause();
  const busy: Promise<void> = reading
    .catch((error: unknown) => readerFailed(running, error))
    .then(() => {
      if (running.busy.get(name) !== busy) return;
      running.busy.delete(name);
      stream.resume();
    });
  running.busy.set(name, busy);
}

function readerFailed(running: Running, error: unknown): void {
  running.deaf = true;
  stop(running, error, 0);
}

/** Ends the group and all that escaped from it; the first reason given is the one that is thrown. */
function stop(running: Running, failure: unknown, graceMs: number | undefined): void {
  running.failure ??= failure;
  const { child, request } = running;
  const pid = child.pid;
  if (running.ending !== undefined || pid === undefined) return;
  const options = graceMs === undefined ? {} : { graceMs };
  // The first signal goes out in this very turn: if keystone itself is about to exit, the group has at least been told.
  const { KEYSTONE_ATTEMPT: attemptId, KEYSTONE_START: startId } = request.env;
  // Of this start alone: when the run was given up, another may already be at the same attempt.
  const own = attemptId === undefined ? [] : [{ attemptId, ...(startId !== undefined && { startId }) }];
  running.ending = killProcessGroup(pid, options).then(() => endOrphans(own, options));
}

/**
 * After the leader's end whatever it wrote is still in the pipe and is read. But a background process may hold the
 * pipe open for ever: when it has been silent for a while (or keeps talking for too long) our end is closed.
 */
function drain(running: Running, left = MOST_DRAINS): void {
  const { child, request } = running;
  const seen = running.chunks;
  const cancel = systemClock.after(request.drainMs ?? 250, () => {
    // The timer may be late because this process was busy: let pending reads come in before judging.
    setImmediate(() => {
      const talking = running.busy.size > 0 || running.chunks !== seen;
      if (talking && (left > 0 || running.busy.size > 0)) return drain(running, left - 1);
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  });
  child.once('close', cancel);
}

function abortFailure(request: ProcessRequest, signal: AbortSignal): StepFailure {
  if (signal.reason instanceof StepFailure) return signal.reason;
  return new StepFailure('CANCELED', `"${request.command}" was canceled`, { cause: signal.reason });
}
