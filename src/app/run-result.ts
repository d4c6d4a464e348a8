/** A run as people and scripts see it: one object from the rows, the same for run, resume and show. */
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { maskPlaceholders } from '../kernel/redact.ts';
import type { Ownership, RunRow, StepRow, Store } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import type { FormerEpoch, RunResult, StepView, SuspendedOn } from './types.ts';

/** Values at rest are without secrets already; what stands for them is shown as `***`. */
export async function readRunResult(store: Store, runId: string): Promise<RunResult> {
  const run = await store.run(runId);
  if (run === undefined) throw new Error(`run ${runId} has no row`);
  const steps: Record<string, StepView> = {};
  const items = new Map<string, StepView[]>();
  const labels = new Map<string, readonly string[]>();
  await store.eachStep(runId, (row) => {
    // Reopened by a rerun, but the run ended without a need for it: an undo, the errors block.
    if (row.status === 'pending' && SETTLED_RUN.has(run.status)) return;
    const item = /^(.*)\[(\d+)\]$/.exec(row.path);
    if (item === null) {
      steps[row.path] = viewOf(row);
      if (row.fanOut !== undefined && !items.has(row.path)) items.set(row.path, []);
      if (row.fanOut?.labels !== undefined) labels.set(row.path, row.fanOut.labels);
      return;
    }
    const [, whole = '', index = '0'] = item;
    const list = items.get(whole) ?? [];
    items.set(whole, list);
    list[Number(index)] = viewOf(row);
  });
  for (const [path, list] of items) attachItems(steps[path], list, labels.get(path));
  const compensations = (await store.compensations(runId))
    .filter(({ status }) => status !== 'armed' && status !== 'ready')
    .map(({ path, status, order }) => ({ step: path, status, order: order ?? 0 }));
  return {
    ...(await summaryOf(store, run)),
    steps: maskPlaceholders(steps as unknown as JsonObject) as unknown as Record<string, StepView>,
    ...(compensations.length > 0 && { compensations }),
  };
}

/** What is called running although its process is gone is `interrupted`. */
export async function summaryOf(store: Store, run: RunRow & Ownership): Promise<Omit<RunResult, 'steps'>> {
  const interrupted = run.status === 'running' && !(await store.isOwned(run, Date.now()));
  return {
    runId: run.runId,
    workflow: run.workflow,
    status: run.status,
    ...(interrupted && { interrupted }),
    // Those of a run that has not ended may still be lost to a failure of its `finally`.
    outputs: SETTLED_RUN.has(run.status) ? maskPlaceholders(run.outputs ?? null) : null,
    ...(run.error && { error: maskPlaceholders(run.error as unknown as JsonObject) as unknown as Failure }),
    startedAt: run.startedAt,
    durationMs: (run.finishedAt ?? Date.now()) - beganAt(run),
    ...(typeof run.pinned.attempt === 'number' && { attempt: run.pinned.attempt }),
    ...(!SETTLED_RUN.has(run.status) && Array.isArray(run.suspendedOn)
      ? { suspendedOn: run.suspendedOn as unknown as SuspendedOn[] }
      : {}),
  };
}

const beganAt = ({ pinned, startedAt }: RunRow): number =>
  typeof pinned.begunAt === 'number' ? pinned.begunAt : startedAt;

/** @param sparse an item may have to wait, or never have begun, when one after it has */
function attachItems(
  parent: StepView | undefined,
  sparse: readonly (StepView | undefined)[],
  labels: readonly string[] | undefined,
): void {
  if (parent === undefined) return;
  const gap = notBegun(parent, sparse);
  parent.items = Array.from(sparse, (view, index) => {
    const label = labels?.[index];
    return { ...(view ?? gap), ...(label !== undefined && { label }) };
  });
  if (parent.status === 'success') parent.output ??= parent.items.map((view) => view.output ?? null);
}

function notBegun(parent: StepView, items: readonly (StepView | undefined)[]): StepView {
  const { kind, status } = parent;
  if (status !== 'failed' && status !== 'canceled') return { kind, status: 'pending', attempts: 0 };
  const skipReason = parent.skipReason ?? items.find((item) => item?.status === 'canceled')?.skipReason;
  return { kind, status: 'canceled', attempts: 0, ...(skipReason !== undefined && { skipReason }) };
}

function viewOf(row: StepRow): StepView {
  return {
    kind: row.kind,
    status: row.status,
    ...(row.outcome && { outcome: row.outcome }),
    attempts: row.attempt,
    ...(row.epoch > 1 && { epoch: row.epoch }),
    ...(row.output !== undefined && { output: row.output as Json }),
    ...(row.error && { error: row.error }),
    ...(row.reason !== undefined && { skipReason: row.reason }),
    ...(row.reusedFrom && { reusedFrom: row.reusedFrom }),
    ...(row.fanOut && { total: row.fanOut.total }),
    ...(row.startedAt !== undefined && { startedAt: row.startedAt }),
    ...(row.startedAt !== undefined &&
      row.finishedAt !== undefined && { durationMs: row.finishedAt - row.startedAt }),
  };
}

/** How steps that have begun anew ended before: the last row of each earlier epoch. */
export async function addFormerEpochs(store: Store, result: RunResult): Promise<void> {
  const former = new Map<string, Map<number, StepView>>();
  for (const row of await store.steps(result.runId, { all: true })) {
    const epochs = former.get(row.path) ?? new Map<number, StepView>();
    former.set(row.path, epochs);
    if (row.status !== 'pending') epochs.set(row.epoch, viewOf(row));
  }
  const attach = (path: string, view: StepView): void => {
    const epochs = [...(former.get(path) ?? [])].filter(([epoch]) => epoch < (view.epoch ?? 1));
    if (epochs.length === 0) return;
    view.former = epochs.map(([epoch, { kind: _kind, ...ended }]) => ({ ...maskView(ended), epoch }));
  };
  for (const [path, view] of Object.entries(result.steps)) {
    attach(path, view);
    view.items?.forEach((item, index) => {
      attach(`${path}[${index}]`, item);
    });
  }
}

const maskView = (view: Omit<StepView, 'kind'>): Omit<FormerEpoch, 'epoch'> =>
  maskPlaceholders(view as unknown as JsonObject) as unknown as Omit<FormerEpoch, 'epoch'>;
