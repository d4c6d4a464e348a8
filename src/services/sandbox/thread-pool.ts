/** Threads for scripts: one that is used again and again, more while scripts have to wait, none when there is nothing to do. */
import { availableParallelism } from 'node:os';
import { SandboxThread } from './thread.ts';

/** As many as steps run at once by default. Scripts that wait for a server hold theirs. */
const MAX_THREADS = availableParallelism() * 4;
/** A script that has waited so long gets a thread more; a short one would have been done by then. */
const PATIENCE_MS = 20;
/** A thread that had nothing to do for this long is ended. */
const IDLE_MS = 5000;

interface Waiting {
  take(thread: SandboxThread): void;
  refuse(error: unknown): void;
}

class ThreadPool {
  readonly #idle: { thread: SandboxThread; since: number }[] = [];
  readonly #queue: Waiting[] = [];
  /** Idle, at work or being started. */
  #count = 0;
  #isStarting = false;
  #patience: NodeJS.Timeout | undefined;
  #watching: NodeJS.Timeout | undefined;

  /** To be given back by `release`. @throws the signal's reason; {StepFailure} NO_RESOURCES. */
  acquire(signal: AbortSignal): Promise<SandboxThread> {
    signal.throwIfAborted();
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (!last.thread.isOver) return Promise.resolve(last.thread);
      this.#count--;
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        take: (thread) => {
          signal.removeEventListener('abort', leave);
          resolve(thread);
        },
        refuse: (error) => {
          signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiting);
      this.#consider();
    });
  }

  release(thread: SandboxThread): void {
    if (thread.isOver) {
      this.#count--;
      this.#consider();
      return;
    }
    const first = this.#queue.shift();
    if (first !== undefined) {
      first.take(thread);
      return;
    }
    this.#idle.push({ thread, since: performance.now() });
    this.#watch();
  }

  /** One thread at once; the next when somebody still waits a little later. */
  #consider(): void {
    if (this.#queue.length === 0 || this.#isStarting || this.#count >= MAX_THREADS) return;
    if (this.#count === 0) {
      void this.#start();
      return;
    }
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined;
      if (this.#queue.length > 0 && !this.#isStarting && this.#count < MAX_THREADS) void this.#start();
    }, PATIENCE_MS);
  }

  async #start(): Promise<void> {
    this.#isStarting = true;
    this.#count++;
    try {
      const thread = await SandboxThread.start();
      this.#isStarting = false;
      this.release(thread);
    } catch (error) {
      this.#isStarting = false;
      this.#count--;
      // Those at work are given back; without any, nobody would ever be served.
      if (this.#count === 0) for (const waiting of this.#queue.splice(0)) waiting.refuse(error);
    }
    this.#consider();
  }

  /** Looks now and then for threads nobody took for a while: the first of the list, since the last is taken first. */
  #watch(): void {
    if (this.#watching !== undefined || this.#idle.length === 0) return;
    this.#watching = setTimeout(() => {
      this.#watching = undefined;
      const limit = performance.now() - IDLE_MS;
      const old = this.#idle.filter(({ since }) => since <= limit).length;
      for (const { thread } of this.#idle.splice(0, old)) {
        thread.close();
        this.#count--;
      }
      this.#watch();
    }, IDLE_MS).unref();
  }
}

export const threads = new ThreadPool();
