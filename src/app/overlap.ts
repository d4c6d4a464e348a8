/** `on_overlap`: what a run does that meets others of its workflow which have not ended. Sub-workflows neither ask nor count. */
import type { Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Engine } from '../runtime/index.ts';
import type { RunBatch } from '../store/port.ts';
import { cancelRun } from './cancel-run.ts';
import type { Project } from './project.ts';

/**
 * Commits a batch by which a run begins, or begins again, as the workflow's `on_overlap` allows.
 * @returns whether it has to wait for its turn.
 * @throws {KeystoneError} RUN_OVERLAPS, with nothing changed.
 */
export async function enter(project: Project, engine: Engine, plan: Plan, batch: RunBatch): Promise<boolean> {
  const { name, onOverlap } = plan;
  if (onOverlap === 'allow') {
    await engine.store.commit([batch]);
    return false;
  }
  const { others, refused } = await engine.store.overlaps.enter(batch, name, onOverlap);
  if (refused)
    throw new KeystoneError(
      'RUN_OVERLAPS',
      `${name} is running already: run ${others.join(', ')} (on_overlap: reject)`,
      {
        exitCode: EXIT.refused,
        hint: `watch it: keystone logs ${others[0]} -f; or end it first: keystone cancel ${others[0]}`,
      },
    );
  if (onOverlap === 'cancel-previous') cancelPrevious(project, engine, batch.runId, others);
  return others.length > 0;
}

/** Of a run that goes on: whether it still has to wait; those it is to replace are told again, should nobody have. */
export async function waitsForTurn(
  project: Project,
  engine: Engine,
  plan: Plan,
  runId: string,
): Promise<boolean> {
  if (plan.onOverlap === 'allow') return false;
  const others = await engine.store.overlaps.takeTurn(runId);
  if (plan.onOverlap === 'cancel-previous') cancelPrevious(project, engine, runId, others);
  return others.length > 0;
}

/** In the background: the run waits for their ends anyway. One that cannot be canceled here is told in the log of the run. */
function cancelPrevious(project: Project, engine: Engine, by: string, others: readonly string[]): void {
  for (const runId of others) {
    cancelRun(
      project,
      runId,
      {},
      {
        reason: `run ${by} of the same workflow takes its place`,
        automatic: true,
      },
    ).catch((error: unknown) => {
      const host = engine.runs.find(({ run }) => run.runId === by);
      host?.run.recorder.emit({
        type: 'log',
        text: `run ${runId} cannot be canceled: ${error instanceof Error ? error.message : String(error)}`,
      });
    });
  }
}
