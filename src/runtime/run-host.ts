/**
 * One run in this process: its actor tree from start or restore until it ends, suspends or is given up. The only place
 * where the parts of a run are put together.
 */
import { type AnyActor, createActor, type InspectionEvent, type Snapshot } from 'xstate';
import type { RunEnd, Undoing } from '#machines';
import type { Json } from '../kernel/json.ts';
import type { RunBatch, RunImage, StepRow } from '../store/port.ts';
import { isAttemptActor, tell } from './actor-path.ts';
import { bindRun } from './bind-run.ts';
import { restoreModes } from './block-modes.ts';
import { restoreUnwanted } from './cancel-rest.ts';
import type { RunConclusion } from './conclude.ts';
import { createRunContext, type RunSetup } from './create-context.ts';
import { endRun } from './end-run.ts';
import { idleUntil } from './idle.ts';
import { restoreLeaving } from './leaving.ts';
import { isQuiet } from './quiet.ts';
import { requireFit } from './require-fit.ts';
import {
  actorsByPath,
  LedgerLoader,
  nestSnapshots,
  reseatSteps,
  restoreFailures,
  restoreFanOuts,
  tellFanOuts,
} from './restore.ts';
import type { RunContext } from './run-context.ts';
import { WORKFLOW_SCOPE } from './step-path.ts';

/** What others may tell a run; an inbox row holds the same. */
export interface RunMessage {
  type: string;
  reason?: string;
  /** Of CANCEL: nobody has typed it. */
  automatic?: boolean;
  /** Of CANCEL: what the run did is undone in any case. */
  rollback?: boolean;
  scope?: string;
  message?: string;
}

export class RunHost {
  readonly run: RunContext;
  private root: AnyActor | undefined;
  private readonly watched = new WeakSet<object>();
  private readonly watchers = new Set<AnyActor>();
  private pokeScheduled = false;
  private quietScheduled = false;
  private stopped = false;
  private stopping: Promise<void> | undefined;

  constructor(private readonly setup: RunSetup) {
    this.run = createRunContext(setup, {
      send: (event) => this.send(event),
      ledgerChanged: () => this.poke(),
      isPausing: () => this.isPaused || this.isWorking('pausing', 'holding', 'undoing'),
      onStoreFailure: (error) => this.halt(error),
    });
  }

  /** Begins a new run; the row and the first turn are one commit. @param create absent: it has its row already */
  start(create: RunBatch['create'], queued = false): void {
    if (create !== undefined) this.run.recorder.create(create);
    this.run.queued = queued;
    this.run.recorder.emit({ type: 'run.started', workflow: this.setup.plan.name });
    this.armWorkflow();
    this.launch(undefined);
  }
  private armWorkflow(): void {
    const { compensations } = this.run;
    if (this.setup.plan.compensate === undefined || compensations.has(WORKFLOW_SCOPE)) return;
    compensations.arm(WORKFLOW_SCOPE);
    compensations.ready(WORKFLOW_SCOPE, 0);
  }

  /** Goes on with a run from its rows, which may be no more than settled steps: one that was begun again. `rows` are its step rows in order of insertion. */
  async restore(
    image: RunImage,
    rows: (visit: (row: StepRow) => void) => Promise<void>,
    queued = false,
  ): Promise<void> {
    this.run.queued = queued;
    await this.load(image, rows);
    this.armWorkflow();
    if (image.run.outputs) this.run.outputs = this.setup.seal.open(image.run.outputs);
    const snapshot = nestSnapshots(image.actors, (text) => this.setup.seal.parse(text));
    if (snapshot !== undefined) requireFit(this.run, snapshot, image.run);
    restoreFailures(this.run, snapshot);
    if (snapshot !== undefined) restoreModes(this.run, snapshot);
    restoreUnwanted(this.run);
    restoreLeaving(this.run, image.run.pinned.leaving ?? null);
    this.run.recorder.emit({ type: 'run.resumed', workflow: this.setup.plan.name });
    tellFanOuts(this.run);
    this.run.recorder.patchRun({ status: 'running', suspendedOn: null, wakeAt: null });
    const root = this.launch(snapshot);
    if (snapshot === undefined) return;
    const actors = actorsByPath(root);
    reseatSteps(this.run, actors.values());
    this.run.timers.restore(image.timers, (path) => actors.get(path));
    this.run.ledgerChanged();
    this.checkQuiet();
  }

  /** Undoes what a run did that has ended: a new actor tree, over the rows of the old one. */
  async undo(
    image: RunImage,
    rows: (visit: (row: StepRow) => void) => Promise<void>,
    scope: string,
  ): Promise<void> {
    await this.load(image, rows);
    const { run } = this;
    const { status, error, outputs } = image.run;
    run.former = {
      ...(error && { error: this.setup.seal.open(error as never) }),
      ...(outputs && { outputs: this.setup.seal.open(outputs) }),
      failedUndos: image.compensations.flatMap(({ path, status: end }) =>
        end === 'failed' ? [`compensate/${path}`] : [],
      ),
      undone: image.compensations.flatMap(({ path, status: end }) => (end === 'done' ? [path] : [])),
    };
    run.pin('former', run.former as unknown as Json);
    run.recorder.emit({ type: 'run.resumed', workflow: this.setup.plan.name, reason: 'rollback' });
    run.recorder.patchRun({ status: 'running', error: null, finishedAt: null });
    this.launch(undefined, { scope, former: status as RunEnd });
  }

  private async load(image: RunImage, rows: (visit: (row: StepRow) => void) => Promise<void>): Promise<void> {
    const { ledger, fanOuts } = this.run;
    const loader = new LedgerLoader(ledger, fanOuts, (value) => this.setup.seal.open(value));
    await rows((row) => loader.visit(row));
    loader.finish();
    for (const [path, row] of loader.interrupted) this.run.interrupted.set(path, row);
    restoreFanOuts(this.run);
    this.run.compensations.restore(image.compensations);
    this.run.ledger.continueAfter(this.run.compensations.lastOrder);
    this.run.recorder.restored(image.actors);
  }

  send(event: RunMessage): void {
    if (this.root?.getSnapshot().status === 'active') this.root.send(event);
  }

  /**
   * Until when the run only waits, in wall clock ms; infinite when nothing but an event or a person can move it; undefined while
   * it has work to do.
   */
  idleUntil(): number | undefined {
    if (this.stopped || this.root?.getSnapshot().status !== 'active') return undefined;
    if (this.isQueued) return Number.POSITIVE_INFINITY;
    return idleUntil(this.run);
  }

  get isPaused(): boolean {
    return this.root?.getSnapshot().hasTag?.('paused') === true;
  }

  get isQueued(): boolean {
    return this.root?.getSnapshot().matches?.('queued') === true;
  }

  /** Others of its workflow have not ended; when they have, it begins. */
  get awaitsTurn(): boolean {
    return this.isQueued && !this.isPaused;
  }

  /** It looked for its turn, and these runs are before it. */
  waitFor(others: readonly string[]): void {
    this.setup.onWaiting?.(others);
  }

  private isWorking(...states: string[]): boolean {
    const snapshot = this.root?.getSnapshot();
    return states.some((working) => snapshot?.matches?.({ working }) === true);
  }

  /** Ends attempts, arms nothing more, records nothing more; what is on disk is what a successor finds. */
  stop(): Promise<void> {
    if (!this.stopped) this.stopping ??= this.giveUp();
    return this.stopping ?? Promise.resolve();
  }

  private async giveUp(): Promise<void> {
    this.stopped = true;
    await endRun(this.run, () => this.root?.stop());
  }

  private launch(snapshot: Snapshot<unknown> | undefined, undoing?: Undoing): AnyActor {
    const { run } = this;
    this.setup.slots.openRun(this.setup.limits);
    const bound = bindRun(run, (logic) => this.watched.add(logic));
    const root = createActor(bound.logic, {
      id: 'run',
      input: { runId: run.runId, ...(undoing && { undoing }) },
      ...(snapshot !== undefined && { snapshot }),
      inspect: (event) => this.observe(event),
    }) as AnyActor;
    this.root = root;
    root.subscribe({
      complete: () => {
        const conclusion = bound.conclusion() ?? { end: 'failed' as const };
        this.finish(conclusion);
      },
      error: (error) => this.halt(error),
    });
    root.start();
    return root;
  }

  private observe(event: InspectionEvent): void {
    const actor = event.actorRef as AnyActor;
    if (event.type === '@xstate.actor' && this.watched.has(actor.logic as object)) this.watchers.add(actor);
    this.run.recorder.inspect(event);
    this.setup.inspect?.(event);
    // A machine that threw is a bug; no parent may take it for the failure of a step.
    if (event.type === '@xstate.snapshot' && event.snapshot.status === 'error' && !isAttemptActor(actor))
      this.halt((event.snapshot as Snapshot<unknown>).error);
    // One that threw while it began never shows a snapshot; its parent is told by this event.
    if (event.type === '@xstate.event' && event.event.type.startsWith('xstate.error.actor.'))
      this.halt((event.event as { error?: unknown }).error);
    if (event.type === '@xstate.snapshot') this.checkQuiet();
  }

  private get isHeld(): boolean {
    return this.run.ledger.mode('steps').mode === 'held';
  }

  /** Tells those who wait for it when no attempt is in flight any more. */
  checkQuiet(): void {
    if (!this.isHeld || this.quietScheduled) return;
    this.quietScheduled = true;
    queueMicrotask(() => {
      this.quietScheduled = false;
      if (this.isWorking('pausing', 'holding') && isQuiet(this.run)) this.send({ type: 'quiet' });
      for (const [path, actor] of [...this.run.active])
        if (actor.getSnapshot().value === 'holding' && isQuiet(this.run, path))
          tell(actor, { type: 'quiet' });
    });
  }

  /** The end and its last rows are one commit; listeners hear of it when it is durable. */
  private finish(conclusion: RunConclusion): void {
    const { recorder } = this.run;
    const finishedAt = this.run.clock.now();
    const outputs = conclusion.outputs === undefined ? null : this.setup.seal.json(conclusion.outputs);
    recorder.patchRun({
      status: conclusion.end,
      outputs,
      error: conclusion.error === undefined ? null : this.setup.seal.json(conclusion.error as never),
      finishedAt,
      owner: null,
      leaseUntil: null,
    });
    recorder.emit({
      type: 'run.finished',
      status: conclusion.end,
      durationMs: finishedAt - this.run.begunAt,
      ...(conclusion.error && { error: conclusion.error }),
    });
    recorder.durable().then(
      () => {
        this.stopped = true;
        this.run.timers.stop();
        this.setup.slots.closeRun(this.setup.limits);
        recorder.close();
        this.setup.onEnd(conclusion);
      },
      () => {},
    );
  }

  private halt(error: unknown): void {
    if (this.stopped) return;
    void this.stop();
    this.setup.onHalt(error);
  }

  private poke(): void {
    if (this.pokeScheduled || this.watchers.size === 0) return;
    this.pokeScheduled = true;
    queueMicrotask(() => {
      this.pokeScheduled = false;
      for (const actor of [...this.watchers]) {
        if (actor.getSnapshot().status === 'active') actor.send({ type: 'ledger.changed' });
        else this.watchers.delete(actor);
      }
    });
  }
}
