/** One thread seen from outside: it runs one script at a time, and is ended when it does not stop one that it should. */
import { Worker } from 'node:worker_threads';
import { StepFailure } from '../../kernel/failure.ts';
import { engineModule, threadProgram } from './engine-files.ts';
import type { FromThread, SandboxEnd, SandboxJob, ThreadData, ToThread } from './messages.ts';

/** The engine's own limit of recursion is met first, whatever its C code does. */
const STACK_MIB = 16;
/** Of what is outside the engine: results and calls on their way. */
const HEAP_MIB = 256;
/** For a script that should stop to do so. Code of the engine that cannot be interrupted takes longer. */
const GRACE_MS = 200;

export interface JobHandlers {
  onConsole(stream: 'stdout' | 'stderr', text: string): void;
  /** @returns the answer. */
  onCall(call: number, name: string, json: string): Promise<{ ok: boolean; json: string }>;
}

interface Running {
  handlers: JobHandlers;
  resolve(end: SandboxEnd): void;
  reject(error: unknown): void;
}

export class SandboxThread {
  readonly #worker: Worker;
  readonly #stopFlag: Int32Array;
  #running: Running | undefined;
  #grace: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @throws {StepFailure} NO_RESOURCES (retryable) when no thread can be started. */
  static async start(): Promise<SandboxThread> {
    const module = await engineModule();
    const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const data: ThreadData = { module, stop };
    const program = threadProgram();
    const worker = new Worker(program.code, {
      eval: program.eval,
      workerData: data,
      execArgv: [],
      argv: [],
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { stackSizeMb: STACK_MIB, maxOldGenerationSizeMb: HEAP_MIB },
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => reject(noThread(error));
      worker.once('error', fail);
      worker.once('exit', fail);
      worker.once('message', () => {
        worker.off('error', fail);
        worker.off('exit', fail);
        resolve();
      });
    });
    return new SandboxThread(worker, new Int32Array(stop));
  }

  private constructor(worker: Worker, stopFlag: Int32Array) {
    this.#worker = worker;
    this.#stopFlag = stopFlag;
    worker.unref();
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => this.#lost(error));
    worker.on('exit', () => this.#lost(new Error('it ended')));
  }

  /** It can run no more scripts. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** One at a time. @throws {StepFailure} NO_RESOURCES (retryable) when the thread dies. */
  run(job: SandboxJob, handlers: JobHandlers): Promise<SandboxEnd> {
    return new Promise((resolve, reject) => {
      this.#running = { handlers, resolve, reject };
      Atomics.store(this.#stopFlag, 0, 0);
      this.#worker.ref();
      this.#post({ type: 'run', job });
    });
  }

  /** Ends the script that runs; `run` resolves soon after. */
  stop(): void {
    if (this.#running === undefined) return;
    Atomics.store(this.#stopFlag, 0, 1);
    this.#post({ type: 'stop' });
    this.#grace ??= setTimeout(() => {
      this.#end({ how: 'stopped' });
      this.close();
    }, GRACE_MS);
  }

  close(): void {
    this.#isOver = true;
    void this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    const running = this.#running;
    if (running === undefined) return;
    switch (message.type) {
      case 'console':
        running.handlers.onConsole(message.stream, message.text);
        return;
      case 'call':
        void running.handlers.onCall(message.call, message.name, message.json).then((answer) => {
          if (this.#running === running) this.#post({ type: 'answer', call: message.call, ...answer });
        });
        return;
      case 'end':
        this.#end(message.end);
        return;
      case 'ready':
        return;
      default:
        message satisfies never;
    }
  }

  #end(end: SandboxEnd): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#worker.unref();
    const running = this.#running;
    this.#running = undefined;
    running?.resolve(end);
  }

  #lost(error: unknown): void {
    this.#isOver = true;
    clearTimeout(this.#grace);
    const running = this.#running;
    this.#running = undefined;
    running?.reject(noThread(error));
  }
}

function noThread(error: unknown): StepFailure {
  const reason = error instanceof Error ? error.message : `it ended with ${String(error)}`;
  return new StepFailure('NO_RESOURCES', `the thread of the script is lost: ${reason}`, {
    retryable: true,
    cause: error,
  });
}
