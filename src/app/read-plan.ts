/** The plan a run was begun with. */
import { BLOCK_NAMES, PLAN_FORMAT, type Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { RunImage } from '../store/port.ts';

/** The stored plan, not the file: an edit between crash and resume changes nothing of a run that has begun. */
export function readPlan(image: RunImage): Plan {
  const plan: Plan = JSON.parse(image.plan);
  if (plan.format !== PLAN_FORMAT || !BLOCK_NAMES.every((block) => Array.isArray(plan.blocks?.[block]))) {
    throw new KeystoneError(
      'PLAN_FORMAT',
      `run ${image.run.runId} was begun by keystone ${image.run.engineVersion}, whose plans this version cannot go on with`,
      {
        exitCode: EXIT.store,
        hint: `go on with that version, or start anew: keystone run ${image.run.file ?? image.run.workflow}`,
      },
    );
  }
  return plan;
}
