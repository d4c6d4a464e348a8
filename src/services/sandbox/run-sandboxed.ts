/**
 * Runs a script where it can reach nothing but what it is given: QuickJS, as WebAssembly with a capped memory, in a thread
 * that can be ended. The event loop of keystone goes on whatever the script does.
 */
import { createHash } from 'node:crypto';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { SandboxEnd, SandboxJob } from './messages.ts';
import { threads } from './thread-pool.ts';

export type { SandboxEnd, Thrown } from './messages.ts';

/** Does something for a script, which waits for it. @param signal aborted when the script ends. @throws anything: the script gets it as an error, and may catch it. */
export type HostFunction = (args: readonly Json[], signal: AbortSignal) => Promise<Json>;

export interface SandboxRequest {
  /** Body of an asynchronous function, in strict mode. */
  code: string;
  /** Globals. */
  scope: JsonObject;
  /** Functions the script may call, by name; their results come as promises. */
  functions?: Readonly<Record<string, HostFunction>>;
  /** See `SandboxJob`. */
  prepare?: string;
  memoryLimitMb: number;
  /** Any text: `Math.random()` gives the same numbers for the same one. */
  seed: string;
  /** Ends the script. */
  signal: AbortSignal;
  onConsole(stream: 'stdout' | 'stderr', text: string): void;
}

/** How it ended; of a script that threw what a host function had thrown, `cause` is that. */
export type SandboxResult = SandboxEnd | (SandboxEnd & { how: 'threw'; cause: unknown });

/** @throws the signal's reason; {StepFailure} NO_RESOURCES (retryable). */
export async function runSandboxed(request: SandboxRequest): Promise<SandboxResult> {
  const { signal, functions = {}, onConsole } = request;
  const thread = await threads.acquire(signal);
  const over = new AbortController();
  const failures = new Map<number, unknown>();
  const onAbort = (): void => thread.stop();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const end = await thread.run(jobOf(request), {
      onConsole,
      onCall: (call, name, json) =>
        answer(functions[name], json, over.signal).catch((error: unknown) => {
          failures.set(call, error);
          return { ok: false, json: JSON.stringify(describe(error)) };
        }),
    });
    signal.throwIfAborted();
    return end.how === 'threw' && end.call !== undefined ? { ...end, cause: failures.get(end.call) } : end;
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
    threads.release(thread);
  }
}

function jobOf({ code, scope, functions = {}, prepare, memoryLimitMb, seed }: SandboxRequest): SandboxJob {
  const hash = createHash('sha256').update(seed).digest();
  return {
    code,
    scope: JSON.stringify(scope),
    functions: Object.keys(functions),
    prepare,
    memoryLimitMb,
    seed: [0, 4, 8, 12].map((at) => hash.readInt32LE(at)),
  };
}

async function answer(
  run: HostFunction | undefined,
  json: string,
  signal: AbortSignal,
): Promise<{ ok: boolean; json: string }> {
  if (run === undefined) throw new Error('there is no such function');
  return { ok: true, json: JSON.stringify(await run(JSON.parse(json), signal)) };
}

function describe(error: unknown): { name: string; message: string; code?: string } {
  if (error instanceof StepFailure) return { name: 'Error', message: error.message, code: error.code };
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}
