/** The runs a run began, and the one that began it. */
import type { RunRow, Store } from '../store/port.ts';
import type { RunResult } from './types.ts';

/** Adds them to what `show` tells. Of a detached child the link is in its own facts and in the step's output. */
export async function addRelatedRuns(store: Store, result: RunResult): Promise<void> {
  const run = await store.run(result.runId);
  if (run === undefined) return;
  const origin =
    run.parentRunId === undefined ? startedBy(run) : { runId: run.parentRunId, step: run.parentPath ?? '' };
  if (origin !== undefined) result.startedBy = origin;
  const views = Object.entries(result.steps).filter(([, { kind }]) => kind === 'workflow');
  const waited = (await store.runs({ parentRunId: run.runId })).reverse();
  const children = waited.map((child) => ({ ...summary(child), step: child.parentPath ?? '' }));
  for (const [step, { output, items }] of views) {
    for (const each of [output, ...(items ?? []).map((item) => item.output)]) {
      const child = await detachedChild(store, run.runId, each);
      if (child !== undefined)
        children.push({ ...summary(child), step: startedBy(child)?.step ?? step, detached: true });
    }
  }
  if (children.length > 0) result.children = children;
}

type Child = NonNullable<RunResult['children']>[number];

const summary = ({ runId, workflow, status }: RunRow): Omit<Child, 'step'> & { detached?: true } => ({
  runId,
  workflow,
  status,
});

async function detachedChild(store: Store, runId: string, output: unknown): Promise<RunRow | undefined> {
  if (output === null || typeof output !== 'object' || !('runId' in output)) return undefined;
  const child = await store.run(String(output.runId));
  return child !== undefined && startedBy(child)?.runId === runId ? child : undefined;
}

function startedBy({ pinned }: RunRow): { runId: string; step: string } | undefined {
  const { startedBy: by } = pinned;
  if (by === null || typeof by !== 'object' || Array.isArray(by)) return undefined;
  return { runId: String(by.runId), step: String(by.path) };
}
