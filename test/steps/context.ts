/** A StepContext for executor tests: a real temporary folder, real processes, and everything reported kept for asserting. */
import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { childEnvironment } from '../../src/services/process/child-environment.ts';
import type {
  BlobSink,
  ChildRun,
  ChildRunRequest,
  EmittedEvent,
  StepContext,
  StepNews,
  StepServices,
} from '../../src/steps/define.ts';

// biome-ignore lint/suspicious/noExplicitAny: each kind's test knows the section it gives
export interface TestContext extends StepContext<any> {
  readonly abort: AbortController;
  /** What was reported as output, by stream. */
  readonly streamed: { stdout: string; stderr: string; chunks: number };
  readonly started: number[];
  /** Finished blobs by sha256; only their size is kept beyond 1 MB. */
  readonly blobs: Map<string, { bytes: number; content: Buffer }>;
  /** Sinks that were neither ended nor aborted. */
  openSinks(): number;
  /** What is to be cleaned up, by key. */
  readonly leftovers: Map<string, Json>;
  /** News, in order. */
  readonly told: StepNews[];
  /** Events sent, in order. */
  readonly emitted: EmittedEvent[];
}

export interface TestContextOptions {
  /** The section of the configuration that the kind names. */
  config?: unknown;
  services?: Partial<StepServices>;
  /** What former attempts wrote down. */
  notes?: readonly Json[];
  env?: Record<string, string>;
  timeoutMs?: number;
  /** What the code of the step reads. */
  codeScope?: JsonObject;
  runWorkflow?: (request: ChildRunRequest) => Promise<ChildRun>;
}

export function testContext(options: TestContextOptions = {}): TestContext {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-step-')));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const abort = new AbortController();
  const attempt = {
    runId: 'run0000001',
    path: 'step',
    attempt: 1,
    attemptId: `test-${process.pid}-${Math.random()}`,
  };
  const streamed = { stdout: '', stderr: '', chunks: 0 };
  const blobs: TestContext['blobs'] = new Map();
  const started: number[] = [];
  const emitted: EmittedEvent[] = [];
  const told: StepNews[] = [];
  const leftovers = new Map<string, Json>();
  const notes: Json[] = [...(options.notes ?? [])];
  let sinks = 0;
  return {
    ...attempt,
    abort,
    streamed,
    started,
    blobs,
    cwd,
    config: options.config,
    services: servicesOf(options),
    signal: abort.signal,
    clock: systemClock,
    env: options.env ?? {},
    processEnv: {
      ...childEnvironment({ base: process.env, env: options.env ?? {} }),
      KEYSTONE_RUN: attempt.runId,
      KEYSTONE_ATTEMPT: attempt.attemptId,
    },
    log: {
      output(stream, chunk) {
        streamed.chunks++;
        if (streamed[stream].length < 1_000_000) streamed[stream] += Buffer.from(chunk).toString('utf8');
      },
      info() {},
    },
    timeoutMs: options.timeoutMs,
    codeScope: () => options.codeScope ?? {},
    placeOf: (_field, offset) => ({ line: 1, column: offset + 1 }),
    processStarted: (pid) => started.push(pid),
    openBlob() {
      sinks++;
      return memorySink(blobs, () => sinks--);
    },
    openSinks: () => sinks,
    told,
    leftovers,
    leave: async (key, what) => void leftovers.set(key, what),
    left: (key) => void leftovers.delete(key),
    tell: (news) => void told.push(news),
    notes: {
      read: async () => notes.map((body) => ({ attempt: attempt.attempt, body })),
      keep: async (body) => void notes.push(body),
    },
    emitted,
    emit: async (event) => void emitted.push(event),
    runWorkflow: options.runWorkflow ?? (() => Promise.reject(new Error('no child runs in this test'))),
  };
}

/** Those a test gives; the others say so when they are asked. */
function servicesOf({ services = {} }: TestContextOptions): StepServices {
  return new Proxy(services, {
    get(given, name) {
      if (name in given) return Reflect.get(given, name);
      throw new Error(`this test gives no service "${String(name)}"`);
    },
  }) as StepServices;
}

function memorySink(blobs: TestContext['blobs'], onClosed: () => void): BlobSink {
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  let bytes = 0;
  return {
    write(chunk) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      if (bytes <= 1_000_000) kept.push(Uint8Array.from(chunk));
    },
    end() {
      onClosed();
      const blob = hash.digest('hex');
      blobs.set(blob, { bytes, content: Buffer.concat(kept) });
      return { blob, bytes };
    },
    abort: onClosed,
  };
}
