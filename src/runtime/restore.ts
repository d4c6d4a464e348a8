/** From rows back to a running actor tree: nest the actor rows, refill ledger and stack, take over timers and slots. */
import type { AnyActor, Snapshot } from 'xstate';
import type { StepEnd, Undoing } from '#machines';
import type { Failure } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
import type { Suspension } from '../steps/define.ts';
import type { ActorRow, FanOut, StepRow } from '../store/port.ts';
import { actorPathOf, isRowless, ROOT_PATH, tell } from './actor-path.ts';
import { expiryMessage } from './block-modes.ts';
import { restoreKey } from './effects.ts';
import { tellItems } from './fan-outs.ts';
import { isLeaving } from './leaving.ts';
import type { Ledger, RunFailure } from './ledger.ts';
import { endFlight, type Flight, type RunContext } from './run-context.ts';
import { describeFailedRun, describeFailedStep, failsRun, itemOutputs } from './settle.ts';
import { WORKFLOW_SCOPE } from './step-path.ts';
import { queueForSlot, seatAgain } from './step-slots.ts';

interface StoredChild {
  id: string;
  src: string;
}

/** Nested XState snapshot of the whole tree, or undefined when the run never got to write one. `parse` puts secrets back. */
export function nestSnapshots(
  rows: readonly ActorRow[],
  parse: (text: string) => unknown,
): Snapshot<unknown> | undefined {
  const byPath = new Map(rows.map((row) => [row.path, row]));
  const nest = (path: string): Record<string, unknown> | undefined => {
    const row = byPath.get(path);
    if (row === undefined) return undefined;
    const snapshot = parse(row.snapshot) as Record<string, unknown>;
    const children: Record<string, unknown> = {};
    for (const child of JSON.parse(row.children) as StoredChild[]) {
      const nested = isRowless(child.src) ? attemptSnapshot(snapshot) : nest(`${path}/${child.id}`);
      if (nested !== undefined) children[child.id] = { src: child.src, snapshot: nested };
    }
    return { ...snapshot, children };
  };
  return nest(ROOT_PATH) as unknown as Snapshot<unknown> | undefined;
}

/** What is in flight has no row: its input is all there is, and it starts again. */
function attemptSnapshot(step: Record<string, unknown>): Record<string, unknown> {
  const { path, attempt } = step.context as { path: string; attempt: number };
  return { status: 'active', input: { path, attempt }, output: undefined, error: undefined };
}

const isItem = (path: string): boolean => path.endsWith(']') && !path.startsWith('compensate/');

const SETTLED = new Set<string>(['success', 'failed', 'skipped', 'canceled']);

/** Rows in order of insertion; what is settled goes to the ledger, what was in flight is remembered for its redo. */
export class LedgerLoader {
  private readonly settled: StepRow[] = [];
  readonly interrupted = new Map<string, StepRow>();

  constructor(
    private readonly ledger: Ledger,
    private readonly fanOuts: Map<string, FanOut>,
    private readonly unseal: <T extends Json>(value: T) => T,
  ) {}

  visit(row: StepRow): void {
    this.ledger.setEpoch(row.path, row.epoch);
    if (row.fanOut !== undefined) this.fanOuts.set(row.path, this.unseal(row.fanOut as never));
    if (row.status === 'pending') return;
    if (!SETTLED.has(row.status) || row.finishedAt === undefined) this.interrupted.set(row.path, row);
    // Nobody asks for the order of items, and there may be very many.
    else if (isItem(row.path)) this.settle(row);
    else this.settled.push(row);
  }

  /** Completion order is the order of finishing. */
  finish(): void {
    this.settled.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0));
    for (const row of this.settled) this.settle(row);
  }

  private settle(row: StepRow): void {
    this.interrupted.delete(row.path);
    this.ledger.settle(row.path, {
      status: row.status as StepEnd,
      outcome: row.outcome ?? (row.status as StepEnd),
      attempts: row.attempt,
      output: this.unseal((row.output ?? null) as Json),
      finishedAt: row.finishedAt ?? 0,
      ...(row.raw && { raw: this.unseal(row.raw) }),
      ...(row.error && { error: this.unseal(row.error as unknown as Json) as unknown as Failure }),
      ...(row.reason !== undefined && { reason: this.unseal(row.reason) }),
      ...(row.startedAt !== undefined && { startedAt: row.startedAt }),
    });
  }
}

/** Failures of the run in the order they happened: times may be equal, so the run machine remembers which came first. */
export function restoreFailures(run: RunContext, snapshot: Snapshot<unknown> | undefined): void {
  const { context } = (snapshot ?? { context: { expired: false, firstFailed: null, lastFailed: null } }) as {
    context: {
      expired: boolean;
      firstFailed: string | null;
      lastFailed: string | null;
      undoing?: Undoing | null;
    };
  };
  const failures: RunFailure[] = [...run.ledger.paths()]
    .filter((path) => isFailure(run, path) && (!context.undoing || isNewUndo(run, path)))
    .map((path) => ({ path, failure: withStepId(run, path) }));
  if (run.outputsFailure !== null && !context.undoing)
    failures.unshift({ path: WORKFLOW_SCOPE, failure: run.outputsFailure });
  if (context.expired) {
    failures.push({
      path: WORKFLOW_SCOPE,
      failure: { code: 'RUN_TIMEOUT', message: expiryMessage(run), retryable: false },
    });
  }
  const isFirst = ({ path }: RunFailure): boolean => path === context.firstFailed;
  for (const { path, failure } of [...failures.filter(isFirst), ...failures.filter((each) => !isFirst(each))])
    run.ledger.recordFailure(path, failure);
  const last = context.lastFailed ?? failures.findLast(({ path }) => run.kept.has(path))?.path;
  if (last !== undefined)
    run.lastFailedStep = describeFailedStep(run, run.index.at(last), withStepId(run, last));
  const ofRun = failures.find(({ path }) => path === WORKFLOW_SCOPE);
  if (ofRun !== undefined) run.lastFailedStep ??= describeFailedRun(ofRun.failure);
}

/** Of a run that had ended before it was undone: only the undos of now count. */
const isNewUndo = (run: RunContext, path: string): boolean =>
  path.startsWith('compensate/') && run.former?.failedUndos.includes(path) !== true;

/** Also a step that was canceled before a rerun that left it so: without it the run is not complete. */
function isFailure(run: RunContext, path: string): boolean {
  const status = run.ledger.get(path)?.status;
  if (status === 'canceled') return run.kept.has(path);
  return status === 'failed' && failsRun(run, run.index.at(path));
}

function withStepId(run: RunContext, path: string): Failure {
  const entry = run.ledger.get(path);
  const failure = entry?.error ?? {
    code: entry?.status === 'canceled' ? 'CANCELED' : 'FAILED',
    message: entry?.reason ?? 'failed',
    retryable: false,
  };
  return { ...failure, stepId: failure.stepId ?? run.index.at(path).step.id };
}

/** Outputs of settled fan-outs are their items' outputs; unsettled ones keep the time they began. */
export function restoreFanOuts(run: RunContext): void {
  for (const block of ['steps', 'errors', 'finally'] as const) {
    for (const step of run.plan.blocks[block]) {
      if (step.foreach === undefined && step.matrix === undefined) continue;
      const path = block === 'steps' ? step.id : `${block}/${step.id}`;
      const entry = run.ledger.get(path);
      if (entry?.status === 'success' && entry.attempts > 0 && entry.output === null) {
        entry.output = itemOutputs(run, path);
      }
    }
  }
  for (const row of run.interrupted.values()) {
    if (row.startedAt === undefined) continue;
    run.drafts.set(row.path, { output: null, attempt: row.attempt, startedAt: row.startedAt });
  }
}

/** Tells who follows the run what fan-outs it is in. */
export function tellFanOuts(run: RunContext): void {
  for (const path of run.interrupted.keys()) {
    const fanOut = run.fanOuts.get(path);
    if (fanOut !== undefined) tellItems(run, run.index.at(path), fanOut);
  }
}

/** Every machine actor below `root`, by path. */
export function actorsByPath(root: AnyActor): Map<string, AnyActor> {
  const found = new Map<string, AnyActor>();
  const visit = (actor: AnyActor): void => {
    found.set(actorPathOf(actor), actor);
    const children = actor.getSnapshot().children as Record<string, AnyActor> | undefined;
    for (const child of Object.values(children ?? {})) visit(child);
  };
  visit(root);
  return found;
}

/** States of `running` in which the attempt was being ended, and why. */
const ENDING: Readonly<Record<string, Flight['why']>> = {
  expiring: 'timeout',
  expiringForGood: 'total-timeout',
  canceling: 'cancel',
};

/**
 * Step machines register themselves again; those that waited for a slot ask again, after those that run. An attempt
 * that was being ended when the process died is ended before its effect begins anew.
 */
export function reseatSteps(run: RunContext, actors: Iterable<AnyActor>): void {
  const following: AnyActor[] = [];
  for (const actor of actors) {
    if (actor.src !== 'step' && actor.src !== 'undo') continue;
    const { value, context } = actor.getSnapshot() as {
      value: unknown;
      context: { path: string; verdict?: { go?: string; on?: Suspension; scope?: string } };
    };
    run.active.set(context.path, actor);
    if (value === 'suspended') rejoinWait(run, context);
    if (value === 'following') following.push(actor);
    if (context.verdict?.go === 'dedupe') restoreKey(run, context.path, isAwaiting(value));
    if (value === 'holding' || (value === 'unwinding' && context.verdict?.scope === 'workflow'))
      run.ledger.setMode('steps', { mode: 'held' });
    const { step } = run.index.at(context.path);
    if (value === 'queued') queueForSlot(run, actor, context.path);
    else if (isRunning(value)) {
      const why = ENDING[value.running];
      const flight = run.flights.get(context.path);
      if (why !== undefined && flight !== undefined) endFlight(flight, why);
      else if (run.kinds.get(step.kind)?.takesSlot !== false) seatAgain(run, actor, context.path);
    }
  }
  for (const actor of following)
    if (!isLeaving(run, actor.getSnapshot().context.path)) tell(actor, { type: 'former.ended' });
}

function rejoinWait(
  run: RunContext,
  { path, verdict }: { path: string; verdict?: { on?: Suspension } },
): void {
  const since = run.drafts.get(path)?.startedAt ?? run.clock.now();
  if (verdict?.on !== undefined) run.waits.set(path, { path, on: verdict.on, since });
}

const isAwaiting = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'deduping' in value && value.deduping === 'awaiting';

const isRunning = (value: unknown): value is { running: string } =>
  typeof value === 'object' && value !== null && 'running' in value;
