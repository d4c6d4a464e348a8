/** The inputs a run takes when it goes on: those of the workflow it began with, as it was then. */
import type { Plan } from '#compiler';
import { type Project, withStore } from './project.ts';
import { readPlan } from './read-plan.ts';

/** Of the run within which this one goes on; empty when there is no such run. */
export async function inputsOfRun(project: Project, runId: string): Promise<Plan['inputs']> {
  return withStore(project, async (store) => {
    const root = (await store.run(runId))?.pinned.rootRunId;
    const image = await store.image(typeof root === 'string' ? root : runId);
    return image === undefined ? {} : readPlan(image).inputs;
  });
}
