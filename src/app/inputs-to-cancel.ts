/** What a run that nobody runs needs to be canceled: as much as to go on, or nothing when none of it is left to do. */

import { KeystoneError } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { isToBeUndone } from '../runtime/index.ts';
import type { RunImage, Store } from '../store/port.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import type { Project } from './project.ts';
import { type GivenAtResume, type ResumedInputs, resumedInputs, storedWorkflow } from './resumed-inputs.ts';
import { RunSecrets } from './run-secrets.ts';

/**
 * Secrets that are not stored matter to a run that is canceled only if something of it still runs: an undo, or `finally`.
 * @throws {KeystoneError} @throws {DiagnosticsError} as `resumedInputs`, when something does.
 */
export async function inputsToCancel(
  project: Project,
  store: Store,
  image: RunImage,
  given: GivenAtResume,
): Promise<ResumedInputs> {
  try {
    return await resumedInputs(project, store, image, given);
  } catch (error) {
    const isForSecrets =
      (error instanceof KeystoneError && error.code === 'INPUTS') || error instanceof DiagnosticsError;
    if (!isForSecrets || !hasNothingToDo(image)) throw error;
    return withoutSecrets(project, image, given);
  }
}

function hasNothingToDo(image: RunImage): boolean {
  const { finally: last } = JSON.parse(image.plan).blocks as { finally: unknown[] };
  return last.length === 0 && !image.compensations.some((row) => isToBeUndone(row, 'workflow'));
}

/** The workflow's own `env` and `concurrency` could ask for a secret, and nothing reads them any more. */
function withoutSecrets(project: Project, image: RunImage, { parent }: GivenAtResume): ResumedInputs {
  const workflow = storedWorkflow(project, image);
  const { concurrency: _, ...plan } = workflow.plan;
  const { inputs, runId } = image.run;
  const none: JsonObject = Object.fromEntries(Object.keys(plan.inputs).map((name) => [name, null]));
  return {
    workflow: { ...workflow, plan: { ...plan, env: {} } },
    inputs: { ...none, ...inputs },
    secrets: new RunSecrets({ plan, inputs: {}, values: {}, runId, parent }),
    notices: [],
  };
}
