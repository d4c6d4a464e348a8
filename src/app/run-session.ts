/** One run from the outside: its handle, its listeners, its log files, the decision to wait or to suspend, its result. */
import type { Json } from '../kernel/json.ts';
import { RunHost, type RunSetup } from '../runtime/index.ts';
import { SETTLED_RUN } from '../store/port.ts';
import type { Question } from './answer-run.ts';
import { cleanLeftovers } from './clean-leftovers.ts';
import { lookAround, takeBack } from './news.ts';
import { answerHere, hostsOf, openQuestions } from './open-questions.ts';
import { tellAgain } from './replace-runs.ts';
import { pruneAfter } from './retention.ts';
import { readRunResult } from './run-result.ts';
import { pinnedSecrets } from './run-secrets.ts';
import { sealerOf, withoutSecrets } from './sealer.ts';
import type { SessionOptions } from './session-options.ts';
import { sessionPorts } from './session-ports.ts';
import { suspensionsOf } from './suspensions.ts';
import type { RunEvent, RunHandle, RunResult } from './types.ts';

export type { SessionOptions };

const stillActive = Symbol('active');

export class RunSession implements RunHandle {
  readonly runId: string;
  readonly inspectorUrl?: string;
  readonly notices: readonly string[];
  readonly result: Promise<RunResult>;
  readonly host: RunHost;
  /** Of a child: tells its parent that only timers can move it now. */
  onIdle: (() => void) | undefined;
  private readonly listeners = new Set<(event: RunEvent) => void>();
  private readonly backlog: RunEvent[] = [];
  private settle: { resolve(result: RunResult): void; reject(error: unknown): void } | undefined;
  /** A run that waits for nothing but people and events leaves Node nothing to wait for. */
  private keepAlive: NodeJS.Timeout | undefined;
  private looking = false;
  private over: typeof stillActive | 'over' = stillActive;

  constructor(private readonly options: SessionOptions) {
    const { setup } = options;
    this.runId = setup.runId;
    this.notices = options.notices ?? [];
    if (options.inspector !== undefined) this.inspectorUrl = options.inspector.url;
    this.result = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // A caller that only listens must not be killed by an unhandled rejection; the promise still rejects for those who await it.
    this.result.catch(() => {});
    this.host = new RunHost(this.createSetup());
    options.secrets.onLearned = () => {
      for (const [name, value] of Object.entries(pinnedSecrets(options.project, options.secrets, this.runId)))
        this.host.run.pin(name, value, 'readable');
    };
    options.engine.add(this.host);
  }

  subscribe(listener: (event: RunEvent) => void): () => void {
    for (const event of this.backlog) listener(event);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  cancel(reason = 'canceled'): void {
    this.host.send({ type: 'CANCEL', reason });
  }
  /** A cancel that nobody has typed: it leaves alone what cleans up. */
  end(reason: string): void {
    this.host.send({ type: 'CANCEL', reason, automatic: true });
  }
  pause(): void {
    this.host.send({ type: 'PAUSE' });
  }
  unpause(): void {
    this.host.send({ type: 'UNPAUSE' });
  }

  /** @throws {StepFailure} NOT_WAITING, ANSWER_INVALID */
  answer(path: string, value: Json, runId = this.runId): void {
    answerHere(this.options.engine, this.runId, { runId, path }, value);
  }
  questions(): Question[] {
    return openQuestions(this.options.engine, this.runId, this.options.redactor);
  }

  async abort(): Promise<void> {
    await this.host.stop();
    await this.options.engine.store.release(this.runId);
    await this.finish();
  }

  /** Of a run that goes on: what came while nobody ran it is taken before it may leave again. */
  lookFirst(): void {
    const { engine } = this.options;
    this.looking = true;
    void lookAround(engine)
      .catch(() => {}) // the engine looks again; a store that refuses tells so at the next commit
      .finally(() => {
        this.looking = false;
        setImmediate(() => this.considerSuspending());
      });
  }

  /** See RunHost; undefined too while there may be something to take. */
  idleUntil(): number | undefined {
    return this.looking ? undefined : this.host.idleUntil();
  }

  private publish(events: readonly RunEvent[]): void {
    for (const event of events) {
      // Output was redacted as the stream it is: here a secret may be in two pieces of it.
      const safe =
        event.type === 'step.output'
          ? event
          : (this.options.redactor.json(event as unknown as Json) as unknown as RunEvent);
      if (this.listeners.size === 0 && this.backlog.length < 1000) this.backlog.push(safe);
      for (const listener of this.listeners) listener(safe);
    }
  }

  private createSetup(): RunSetup {
    const { project, engine, workflow, redactor } = this.options;
    const { concurrency, ...setup } = this.options.setup;
    const pools = Object.fromEntries(
      Object.entries(workflow.plan.pools).map(([name, { limit }]) => [name, limit]),
    );
    return {
      ...setup,
      plan: workflow.plan,
      kinds: project.kinds,
      limits: {
        runId: this.runId,
        concurrency,
        pools,
        unordered: new Set(
          Object.entries(workflow.plan.pools).flatMap(([name, { priority }]) => (priority ? [] : [name])),
        ),
      },
      clock: project.clock,
      slots: engine.slots,
      committer: engine.committer,
      seal: sealerOf(redactor),
      publish: (events) => this.publish(events),
      ...(this.options.inspector && { inspect: this.options.inspector.observe }),
      ...(workflow.plan.onOverlap === 'cancel-previous' && {
        onWaiting: (others) => void tellAgain(project, engine, this.runId, others).catch(() => {}),
      }),
      onEnd: () => void this.finish(),
      onHalt: (error) => void this.fail(error),
      onTurn: () => this.considerSuspending(),
      ports: sessionPorts({
        options: this.options,
        host: () => this.host,
        considerSuspending: () => this.considerSuspending(),
        isWatched: () => this.listeners.size > 0,
      }),
    };
  }

  /** Stays for timers as long as asked; then leaves the run on disk for whoever goes on. */
  private considerSuspending(): void {
    if (this.over !== stillActive || this.looking) return;
    if (this.options.depth > 0) {
      // A child stays as long as its parent does, who may have waited for nothing else.
      if (this.host.isPaused || this.idleUntil() !== undefined) this.onIdle?.();
      return;
    }
    const leaving = this.leavesAs();
    if (leaving === undefined) return;
    this.over = 'over';
    void this.suspend();
  }

  /** Undefined as long as it stays. */
  private leavesAs(): { status: 'paused' | 'suspended'; until: number | undefined } | undefined {
    const until = this.idleUntil();
    if (this.host.isPaused) return { status: 'paused', until };
    if (until === undefined) return undefined;
    const { project, wait } = this.options;
    const patienceMs =
      wait === true
        ? Number.POSITIVE_INFINITY
        : wait === false
          ? 0
          : (wait ?? project.config.wait.foregroundMs);
    if (until - project.clock.now() > patienceMs) return { status: 'suspended', until };
    if (until === Number.POSITIVE_INFINITY) this.keepAlive ??= setInterval(() => {}, 2 ** 30);
    return undefined;
  }

  /** What others have sent until the moment it is on disk is taken, or they find that nobody runs it. */
  private async suspend(): Promise<void> {
    const { engine } = this.options;
    try {
      await lookAround(engine);
      const leaving = this.leavesAs();
      if (leaving === undefined) return this.stay();
      this.leave(leaving.status, leaving.until);
      await this.host.run.recorder.durable();
      if (await takeBack(engine, hostsOf(engine, this.runId))) return this.stay();
      await this.host.stop();
      await this.conclude();
    } catch (error) {
      await this.fail(error);
    }
  }

  private stay(): void {
    this.over = stillActive;
    this.lookFirst();
  }

  /** Writes that nobody runs this run now, nor its children; what it waits for is on disk. */
  private leave(status: 'paused' | 'suspended', until: number | undefined): void {
    const { recorder, flights } = this.host.run;
    recorder.patchRun({
      status,
      suspendedOn: suspensionsOf(hostsOf(this.options.engine, this.runId)) as unknown as Json,
      wakeAt: wakeAtOf(this.host, until),
      owner: null,
      leaseUntil: null,
    });
    const dueAt = until !== undefined && Number.isFinite(until) ? { dueAt: until } : {};
    recorder.emit({ type: 'run.suspended', status, ...dueAt });
    for (const flight of flights.values()) flight.suspend?.();
  }

  /** Of a child whose parent suspends: goes into the same commit. */
  suspendWithParent(): void {
    this.leave(this.host.isPaused ? 'paused' : 'suspended', this.host.idleUntil());
  }

  private async finish(): Promise<void> {
    this.over = 'over';
    try {
      await this.conclude();
    } catch (error) {
      await this.fail(error);
    }
  }

  private async conclude(): Promise<void> {
    clearInterval(this.keepAlive);
    const { engine } = this.options;
    const result = await readRunResult(engine.store, this.runId);
    engine.remove(this.runId);
    await cleanLeftovers(this.options.project, engine);
    if (this.options.depth === 0 && SETTLED_RUN.has(result.status))
      await pruneAfter(this.options.project, engine.store, this.options.workflow.plan);
    await engine.store.checkpoint();
    await this.options.release();
    this.settle?.resolve(result);
  }

  private async fail(error: unknown): Promise<void> {
    clearInterval(this.keepAlive);
    this.over = 'over';
    await this.host.stop();
    this.options.engine.remove(this.runId);
    await this.options.release().catch(() => {});
    this.settle?.reject(withoutSecrets(error, this.options.redactor));
  }
}

/** A run that has its turn is due at once; should that moment be missed, somebody looks again. */
const QUEUE_LOOK_MS = 30_000;

function wakeAtOf({ isQueued, run }: RunHost, until: number | undefined): number | null {
  if (isQueued) return run.clock.now() + QUEUE_LOOK_MS;
  return until !== undefined && Number.isFinite(until) ? until : null;
}
