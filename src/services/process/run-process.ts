/**
 * One child process from start to end, as the leader of its own process group: streams, abort, and nothing left behind.
 * A thin layer over `spawn`, because it is the hot path of a run: zx's `$` costs 1.4 ms more per process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { StepFailure } from '../../kernel/failure.ts';
import { endOrphans } from './orphans.ts';
import { type EndOptions, killProcessGroup } from './process-group.ts';
import { type OutputReader, ProcessOutput } from './process-output.ts';
import { spawnFailure } from './spawn-failure.ts';

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
  onOutput?: OutputReader;
  /** Called once with the pid, which is also the id of the process group. */
  onStart?: (pid: number) => void;
}

export interface ProcessResult {
  pid: number;
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Runs a process to its end.
 * @throws {StepFailure} COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, FOLDER_NOT_FOUND, COMMAND_TOO_LONG, INVALID_COMMAND, NO_RESOURCES
 *   when it cannot start; CANCELED (or the signal's own reason when that is a StepFailure) after an abort, once the whole group is gone.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const { signal } = request;
  if (signal?.aborted) throw abortFailure(request, signal);
  const child = start(request);
  const running: Running = { child, request, output: undefined, failure: undefined, ending: undefined };
  if (request.onOutput !== undefined)
    running.output = new ProcessOutput(request.onOutput, (error) => stop(running, error, 0));
  const onAbort = (): void => stop(running, signal && abortFailure(request, signal), request.graceMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const ended = untilClosed(running);
    begin(running);
    const result = await ended;
    await running.output?.settled();
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
  output: ProcessOutput | undefined;
  /** What to throw at the end instead of a result. */
  failure: unknown;
  /** The killing under way. */
  ending: Promise<unknown> | undefined;
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
      const cancel = running.output?.giveUpWhenQuiet(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, request.drainMs);
      if (cancel !== undefined) child.once('close', cancel);
    });
    child.once('close', (exitCode, signal) => resolve({ pid: child.pid ?? 0, exitCode, signal }));
  });
}

function begin(running: Running): void {
  const { child, request, output } = running;
  if (child.pid === undefined) return;
  if (child.stdout) output?.attach('stdout', child.stdout);
  if (child.stderr) output?.attach('stderr', child.stderr);
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

/** Ends the group and all that escaped from it; the first reason given is the one that is thrown. */
function stop(running: Running, failure: unknown, graceMs: number | undefined): void {
  running.failure ??= failure;
  const { child, request } = running;
  const pid = child.pid;
  if (running.ending !== undefined || pid === undefined) return;
  const options = graceMs === undefined ? {} : { graceMs };
  // The first signal goes out in this very turn: if keystone itself is about to exit, the group has at least been told.
  running.ending = killProcessGroup(pid, options).then(() => endEscaped(request, options));
}

/** Ends what has left the group. Of this start alone: when the run was given up, another may already be at the same attempt. */
export async function endEscaped({ env }: ProcessRequest, options: EndOptions): Promise<void> {
  const { KEYSTONE_ATTEMPT: attemptId, KEYSTONE_START: startId } = env;
  if (attemptId !== undefined)
    await endOrphans([{ attemptId, ...(startId !== undefined && { startId }) }], options);
}

/** What is thrown after an abort: its own reason when that says enough. */
export function abortFailure(request: ProcessRequest, signal: AbortSignal): StepFailure {
  if (signal.reason instanceof StepFailure) return signal.reason;
  return new StepFailure('CANCELED', `"${request.command}" was canceled`, { cause: signal.reason });
}
