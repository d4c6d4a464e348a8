/** Sub-workflows of a step that is canceled after a death: no process runs them, and nobody would go on with them. */
import { KeystoneError } from '../kernel/failure.ts';
import { isToBeUndone } from '../runtime/index.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import { followChild } from './follow-child.ts';
import { resumeRun } from './resume-run.ts';
import type { RunSession } from './run-session.ts';
import { type ChildrenOfStep, secretsOf } from './undo-children.ts';

/**
 * @param tell of one that cannot be canceled: it is left as it is, with the reason in the log of its parent.
 * @returns whether they have undone all they did; false too when there are none.
 */
export async function endChildren(options: ChildrenOfStep, tell: (text: string) => void): Promise<boolean> {
  const { parent, parentPath } = options;
  const { store } = parent.engine;
  const all = await store.runs({ parentRunId: parent.setup.runId });
  const children = all.filter((child) => child.parentPath === parentPath);
  for (const { runId, status } of children) {
    if (SETTLED_RUN.has(status)) continue;
    try {
      await endChild(options, runId);
    } catch (error) {
      if (!(error instanceof KeystoneError) && !(error instanceof DiagnosticsError)) throw error;
      tell(`sub-workflow run ${runId} cannot be canceled: ${error.message}`);
    }
  }
  const left = await Promise.all(children.map(({ runId }) => store.compensations(runId)));
  return children.length > 0 && !left.flat().some((row) => isToBeUndone(row, 'workflow'));
}

async function endChild({ parent, inputs, flight, onIdle }: ChildrenOfStep, runId: string): Promise<void> {
  const image = await parent.engine.store.image(runId);
  if (image === undefined) return;
  const reason = flight.why === 'timeout' ? 'the parent step timed out' : 'the parent was canceled';
  const session = await resumeRun(parent.project, runId, {
    cancel: { reason, automatic: true },
    inputs: secretsOf(JSON.parse(image.plan), inputs),
    parent: parent.secrets,
    wait: true,
    depth: parent.depth + 1,
  });
  await followChild(session as RunSession, flight, onIdle);
}
