/** `keystone graph`: a workflow as it would run, or a run coloured by where it stands. */
import { emitBlock, type Plan } from '#compiler';
import { KeystoneError } from '../kernel/failure.ts';
import type { StepStatus } from '../store/port.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import type { GraphFormat, GraphView } from './graph/model.ts';
import { compileWorkflow } from './prepare-run.ts';
import { type Project, withStore } from './project.ts';
import { resolveRunId } from './runs.ts';
import { findWorkflow } from './workflow-files.ts';

/** @param target a workflow by name or path, or a run by id, beginning of an id, or `last`. */
export async function graphOf(
  project: Project,
  target: string,
  options: { format: GraphFormat; view: GraphView; color?: boolean },
): Promise<string> {
  const { plan, statuses } = await modelOf(project, target);
  const bodies = {
    steps: emitBlock(plan, 'steps'),
    ...(plan.blocks.errors.length > 0 && { errors: emitBlock(plan, 'errors') }),
    ...(plan.blocks.finally.length > 0 && { finally: emitBlock(plan, 'finally') }),
  };
  const { renderGraph } = await import('./graph/index.ts');
  return renderGraph({ plan, bodies, ...(statuses && { statuses }) }, options);
}

async function modelOf(
  project: Project,
  target: string,
): Promise<{ plan: Plan; statuses?: Record<string, StepStatus> }> {
  try {
    return { plan: compileWorkflow(project, findWorkflow(project, target)).plan };
  } catch (error) {
    if (error instanceof DiagnosticsError || !(error instanceof KeystoneError)) throw error;
    return runModel(project, target).catch((other: unknown) => {
      throw other instanceof KeystoneError && other.code === 'RUN_NOT_FOUND' ? error : other;
    });
  }
}

async function runModel(
  project: Project,
  target: string,
): Promise<{ plan: Plan; statuses: Record<string, StepStatus> }> {
  const runId = await resolveRunId(project, target);
  return withStore(project, async (store) => {
    const image = await store.image(runId);
    const statuses: Record<string, StepStatus> = {};
    await store.eachStep(runId, (row) => {
      statuses[row.path] = row.status;
    });
    return { plan: JSON.parse(image?.plan ?? '{}'), statuses };
  });
}
