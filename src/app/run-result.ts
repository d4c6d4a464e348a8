/** A run as people and scripts see it: one object from the rows, the same for run, resume and show. */
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { maskPlaceholders } from '../kernel/redact.ts';
import type { Ownership, RunRow, StepRow, Store } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import type { RunResult, StepView, SuspendedOn } from './types.ts';

/** Values at rest are without secrets already; what stands for them is shown as `***`. */
export async function readRunResult(store: Store, runId: string): Promise<RunResult> {
  const run = await store.run(runId);
  if (run === undefined) throw new Error(`run ${runId} has no row`);
  const steps: Record<string, StepView> = {};
  const items = new Map<string, Map<number, StepView>>();
  await store.eachStep(runId, (row) => {
    const item = /^(.*)\[(\d+)\]$/.exec(row.path);
    if (item === null) {
      steps[row.path] = viewOf(row);
      return;
    }
    const [, whole = '', index = '0'] = item;
    const list = items.get(whole) ?? new Map<number, StepView>();
    items.set(whole, list);
    list.set(Number(index), viewOf(row));
  });
  for (const [path, list] of items) attachItems(steps, path, list);
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
    outputs: maskPlaceholders(run.outputs ?? null),
    ...(run.error && { error: maskPlaceholders(run.error as unknown as JsonObject) as unknown as Failure }),
    startedAt: run.startedAt,
    durationMs: (run.finishedAt ?? Date.now()) - run.startedAt,
    ...(!SETTLED_RUN.has(run.status) && Array.isArray(run.suspendedOn)
      ? { suspendedOn: run.suspendedOn as unknown as SuspendedOn[] }
      : {}),
  };
}

function attachItems(steps: Record<string, StepView>, path: string, list: Map<number, StepView>): void {
  const parent = steps[path];
  if (parent === undefined) return;
  const ordered = [...list].sort(([a], [b]) => a - b).map(([, view]) => view);
  parent.items = ordered;
  if (parent.status === 'success') parent.output ??= ordered.map((view) => view.output ?? null);
}

function viewOf(row: StepRow): StepView {
  return {
    kind: row.kind,
    status: row.status,
    ...(row.outcome && { outcome: row.outcome }),
    attempts: row.attempt,
    ...(row.output !== undefined && { output: row.output as Json }),
    ...(row.error && { error: row.error }),
    ...(row.reason !== undefined && { skipReason: row.reason }),
    ...(row.reusedFrom && { reusedFrom: row.reusedFrom }),
    ...(row.startedAt !== undefined && { startedAt: row.startedAt }),
    ...(row.startedAt !== undefined &&
      row.finishedAt !== undefined && { durationMs: row.finishedAt - row.startedAt }),
  };
}
