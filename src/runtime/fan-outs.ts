/** How a fan-out begins: what is wrong with it is told before an item begins, and what must not change meanwhile is kept. */
import { evaluate, type LinesPlan, type StepPlan } from '#compiler';
import type { GateVerdict } from '#machines';
import { StepFailure } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
import type { FanOut } from '../store/port.ts';
import { toFailure } from './gate.ts';
import { labelsOf } from './items.ts';
import type { Flight, RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

const DEFAULT_WINDOW = 50;

/** @throws {StepFailure} CONCURRENCY, FOREACH_NOT_ARRAY, MATRIX @throws {ExpressionError} */
export function beginFanOut(run: RunContext, ref: StepRef): GateVerdict {
  windowOf(run, ref);
  const { foreach } = ref.step;
  // Lines that were kept before are those of items whose results a rerun has kept.
  if (isLines(foreach) && !run.fanOuts.has(ref.path)) return { go: 'gather' };
  return { go: 'expand', size: begun(run, ref, run.fanOuts.get(ref.path)) };
}

const isLines = (foreach: StepPlan['foreach']): foreach is LinesPlan =>
  typeof foreach === 'object' && !Array.isArray(foreach);

/** Items at once. @throws {StepFailure} CONCURRENCY */
export function windowOf(run: RunContext, ref: StepRef): number {
  const { concurrency = DEFAULT_WINDOW } = ref.step;
  if (typeof concurrency === 'number') return concurrency;
  const value = evaluate(concurrency, scopeOf(run, ref), evaluateOptions(run, ref, run.startedAt));
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw new StepFailure(
    'CONCURRENCY',
    `"concurrency" gave ${JSON.stringify(value)}; it must give a whole number from 1`,
  );
}

/** Keeps the file of a step whose items are its lines, in the commit in which the fan-out begins. */
export async function gatherLines(run: RunContext, path: string): Promise<'items' | 'failure'> {
  const ref = run.index.at(path);
  const controller = new AbortController();
  const startedAt = run.clock.now();
  const flight: Flight = { attempt: 1, startedAt, controller, ended: Promise.resolve() };
  run.flights.set(path, flight);
  const keeping = keepLines(run, ref, controller.signal);
  flight.ended = keeping.catch(() => {});
  try {
    const kept = await keeping;
    if (controller.signal.aborted) return 'failure';
    begun(run, ref, kept);
    return 'items';
  } catch (error) {
    if (controller.signal.aborted) return 'failure';
    const failure = toFailure(error);
    const details = { ...(failure.details as object), field: 'foreach' };
    run.drafts.set(path, {
      output: null,
      error: { ...failure, details, stepId: ref.step.id },
      attempt: 0,
    });
    return 'failure';
  } finally {
    if (run.flights.get(path) === flight) run.flights.delete(path);
  }
}

async function keepLines(run: RunContext, ref: StepRef, signal: AbortSignal): Promise<FanOut> {
  const { foreach } = ref.step;
  if (!isLines(foreach)) throw new Error(`${ref.path} has no lines`);
  const options = evaluateOptions(run, ref, run.startedAt);
  const [path, outside] = evaluate(
    [foreach.lines, foreach.allowOutsideCwd],
    scopeOf(run, ref),
    options,
  ) as Json[];
  if (typeof path !== 'string' || path === '')
    throw new StepFailure(
      'FOREACH_LINES',
      `"lines" gave ${JSON.stringify(path)}; it must give the path of a file`,
    );
  return run.ports.keepLines({ path, allowOutsideCwd: outside === true }, signal);
}

/** @returns how many items there are. */
function begun(run: RunContext, ref: StepRef, kept: FanOut | undefined): number {
  const { path, step } = ref;
  const startedAt = run.clock.now();
  if (kept !== undefined) run.fanOuts.set(path, kept);
  const items = run.itemsOf(path);
  const labels = labelsOf(run, ref, items);
  const fanOut: FanOut = { ...kept, total: items.length, ...(labels && { labels }) };
  run.fanOuts.set(path, fanOut);
  run.drafts.set(path, { output: null, attempt: 1, startedAt });
  run.recorder.step({
    path,
    epoch: run.ledger.epochOf(path),
    attempt: 1,
    kind: step.kind,
    status: 'running',
    startedAt,
    fanOut,
  });
  tellItems(run, ref, fanOut);
  return items.length;
}

/** Also of one that goes on after a restart: who follows the run knows nothing yet. */
export function tellItems(run: RunContext, { path, step }: StepRef, { total, labels }: FanOut): void {
  const done = run.ledger.settledCountOf(path);
  run.recorder.emit({
    type: 'step.started',
    step: step.id,
    path,
    kind: step.kind,
    attempt: 1,
    total,
    ...(done > 0 && { done }),
    ...(labels && { labels }),
  });
}
