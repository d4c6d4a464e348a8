/**
 * `keystone scheduler`: goes on with runs that are due and that no process runs: a timer has come, an event or an answer is there,
 * or the process that ran them died. Several schedulers may watch one project; the run's lease decides.
 */
import { KeystoneError } from '../kernel/failure.ts';
import type { Engine } from '../runtime/index.ts';
import type { RunStatus } from '../store/port.ts';
import { acquireEngine, type Project } from './project.ts';
import { resumeRun } from './resume-run.ts';

export interface SchedulerOptions {
  /** Ends when nothing is due any more, instead of watching on. @default false */
  once?: boolean;
  /** Runs gone on with at once. @default 8 */
  width?: number;
  signal?: AbortSignal;
  onPickUp?(runId: string): void;
  /** It ended or suspends again. */
  onLeave?(runId: string, status: RunStatus): void;
  /** It cannot go on here, such as for want of a secret; it is left alone from now on. */
  onRefusal?(runId: string, error: Error): void;
}

/** How often the store is asked; costs next to nothing while nothing changes. */
const LOOK_MS = 500;

/** @returns how many runs were gone on with. */
export async function runScheduler(project: Project, options: SchedulerOptions = {}): Promise<number> {
  const { engine, release } = await acquireEngine(project);
  const scheduler = new Scheduler(project, engine, options);
  try {
    return await scheduler.watch();
  } finally {
    await release();
  }
}

class Scheduler {
  private readonly running = new Map<string, Promise<void>>();
  private readonly refused = new Set<string>();
  private pickedUp = 0;

  constructor(
    private readonly project: Project,
    private readonly engine: Engine,
    private readonly options: SchedulerOptions,
  ) {}

  async watch(): Promise<number> {
    const { once = false, signal } = this.options;
    while (signal?.aborted !== true) {
      await this.pickUp();
      if (once && this.running.size === 0) break;
      await Promise.race([this.pause(), ...this.running.values()]);
    }
    await Promise.all(this.running.values());
    return this.pickedUp;
  }

  private async pickUp(): Promise<void> {
    const free = (this.options.width ?? 8) - this.running.size;
    if (free <= 0) return;
    const skip = new Set([...this.running.keys(), ...this.refused]);
    const due = await this.engine.store.dueRuns(this.project.clock.now(), free + skip.size);
    for (const runId of due.filter((id) => !skip.has(id)).slice(0, free)) {
      this.running.set(
        runId,
        this.goOn(runId).finally(() => this.running.delete(runId)),
      );
    }
  }

  private async goOn(runId: string): Promise<void> {
    try {
      const handle = await resumeRun(this.project, runId, { wait: false, keepPaused: true });
      this.pickedUp++;
      this.options.onPickUp?.(runId);
      const onAbort = (): void => void handle.abort().catch(() => {});
      this.options.signal?.addEventListener('abort', onAbort, { once: true });
      const { status } = await handle.result.finally(() =>
        this.options.signal?.removeEventListener('abort', onAbort),
      );
      this.options.onLeave?.(runId, status);
    } catch (error) {
      if (this.options.signal?.aborted === true) return;
      // Another process was faster; its business.
      if (error instanceof KeystoneError && error.code === 'RUN_OWNED') return;
      this.refused.add(runId);
      this.options.onRefusal?.(runId, error instanceof Error ? error : new Error(String(error)));
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.options;
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.project.clock.after(LOOK_MS, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
