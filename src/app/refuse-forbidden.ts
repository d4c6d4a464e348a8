/** What the configuration forbids is refused before anything of a run begins, as far as the workflow's text tells. */
import { BLOCK_NAMES, type Plan, type StepPlan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Project } from './project.ts';

/** @throws {KeystoneError} with the code of the kind's refusal and exit code 4, for the first such step. */
export function refuseForbidden(project: Project, plan: Plan): void {
  const config = new Map<string, unknown>(Object.entries(project.config));
  for (const step of stepsOf(plan)) {
    const kind = project.kinds.get(step.kind);
    const refusal = kind?.refuse?.(step.fields, config.get(kind.config ?? ''));
    if (refusal === undefined) continue;
    throw new KeystoneError(refusal.code, `step "${step.id}" of ${plan.name}: ${refusal.message}`, {
      exitCode: EXIT.refused,
      hint: refusal.hint,
    });
  }
}

/** Undos included. */
function stepsOf(plan: Plan): StepPlan[] {
  const written = [
    ...BLOCK_NAMES.flatMap((block) => plan.blocks[block]),
    ...(plan.compensate ? [plan.compensate] : []),
  ];
  return written.flatMap((step) => (step.compensate === undefined ? [step] : [step, step.compensate]));
}
