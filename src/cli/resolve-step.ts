/** Checks a step id people typed against the steps of the run. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { AppApi, Project } from './app-api.ts';
import { nearest } from './nearest.ts';

/** The step as given: an id or a path such as `test[3]`. @throws {KeystoneError} UNKNOWN_STEP (exit 2) with the nearest id. */
export async function resolveStep(
  app: AppApi,
  project: Project,
  runId: string,
  text: string,
): Promise<string> {
  const { steps } = await app.showRun(project, runId);
  const ids = Object.keys(steps);
  const base = text.replace(/\[.*$/, '');
  if (ids.includes(text) || ids.includes(base)) return text;
  const near = nearest(base, ids);
  const known = ids.length > 12 ? `${ids.slice(0, 12).join(', ')} …` : ids.join(', ');
  throw new KeystoneError('UNKNOWN_STEP', `run ${runId} has no step "${text}"`, {
    exitCode: EXIT.usage,
    hint: near === undefined ? `its steps: ${known}` : `did you mean ${near}?`,
  });
}
