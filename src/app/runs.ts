/** Looking at runs: listing, showing, finding one by what a person types. */
import { nearest } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { RunFilter } from '../store/port.ts';
import { type Project, withStore } from './project.ts';
import { addRelatedRuns } from './related-runs.ts';
import { addFormerEpochs, readRunResult, summaryOf } from './run-result.ts';
import type { RunResult, StepView } from './types.ts';

export async function listRuns(project: Project, filter: RunFilter): Promise<Omit<RunResult, 'steps'>[]> {
  return withStore(project, async (store) => {
    const runs = await store.runs(filter);
    return Promise.all(runs.map((run) => summaryOf(store, run)));
  });
}

export async function showRun(project: Project, runId: string): Promise<RunResult> {
  return withStore(project, async (store) => {
    const result = await readRunResult(store, runId);
    if (Object.values(result.steps).some(hasBegunAnew)) await addFormerEpochs(store, result);
    await addRelatedRuns(store, result);
    const artifacts = await store.artifacts.of(runId);
    if (artifacts.length > 0)
      result.artifacts = artifacts.map(({ name, files, bytes }) => ({ name, files, bytes }));
    return result;
  });
}

const hasBegunAnew = ({ epoch, items = [] }: StepView): boolean =>
  epoch !== undefined || items.some(hasBegunAnew);

/** A whole id, the beginning of one, or `last`. @throws {KeystoneError} RUN_NOT_FOUND or RUN_AMBIGUOUS, naming the candidates. */
export async function resolveRunId(project: Project, text: string): Promise<string> {
  return withStore(project, async (store) => {
    if (text === 'last') {
      const [latest] = await store.runs({ limit: 1 });
      if (latest !== undefined) return latest.runId;
      throw missing('there are no runs yet', 'begin one with: keystone run <workflow>');
    }
    const found = await store.runIds(text);
    const exact = found.find((id) => id === text);
    if (exact !== undefined) return exact;
    if (found.length === 1 && found[0] !== undefined) return found[0];
    if (found.length > 1)
      throw missing(`"${text}" begins ${found.length} run ids: ${found.join(', ')}`, 'type more of it');
    const recent = (await store.runs({ limit: 50 })).map((run) => run.runId);
    const similar = nearest(text, recent);
    throw missing(
      `no run "${text}"`,
      similar === undefined ? 'see: keystone history' : `did you mean ${similar}?`,
    );
  });
}

const missing = (message: string, hint: string): KeystoneError =>
  new KeystoneError('RUN_NOT_FOUND', message, { exitCode: EXIT.usage, hint });

/** Makes everything visible to other SQLite tools. */
export async function checkpoint(project: Project): Promise<void> {
  await withStore(project, (store) => store.checkpoint());
}
