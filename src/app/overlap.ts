/** `on_overlap`: what a run does that meets others of its workflow which have not ended. Sub-workflows neither ask nor count. */
import type { Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Engine } from '../runtime/index.ts';
import type { RunBatch } from '../store/port.ts';
import type { Project } from './project.ts';
import { cancelPrevious, refuseIrreplaceable } from './replace-runs.ts';

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
  if (onOverlap === 'cancel-previous') await refuseIrreplaceable(project, engine, name, batch.runId);
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
  if (onOverlap === 'cancel-previous')
    for (const runId of others) cancelPrevious(project, engine, batch.runId, runId);
  return others.length > 0;
}

/** Of a run that goes on: whether it still has to wait. Those it is to replace are told again when it looks for its turn. */
export async function waitsForTurn(engine: Engine, plan: Plan, runId: string): Promise<boolean> {
  if (plan.onOverlap === 'allow') return false;
  return (await engine.store.overlaps.takeTurn(runId)).length > 0;
}
