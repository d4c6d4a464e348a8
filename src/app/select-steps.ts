/** `run --until` and `--only`, checked against the workflow before anything begins. */
import { nearest, type Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Selection } from '../runtime/index.ts';

/** @throws {KeystoneError} STEP_NOT_FOUND; ONLY_NEEDS when a chosen step needs one that is left out, and so would never run. */
export function selectionOf(
  plan: Plan,
  { until, only = [] }: { until?: string; only?: readonly string[] },
): Selection | undefined {
  const selection: Selection | undefined =
    until !== undefined ? ['until', until] : only.length > 0 ? ['only', ...new Set(only)] : undefined;
  if (selection === undefined) return undefined;
  const [how, ...ids] = selection;
  const steps = new Map(plan.blocks.steps.map((step) => [step.id, step]));
  for (const id of ids) {
    const step = steps.get(id);
    if (step === undefined) {
      const similar = nearest(id, [...steps.keys()]);
      throw usage(
        'STEP_NOT_FOUND',
        `workflow ${plan.name} has no step "${id}"`,
        similar === undefined ? `its steps: ${[...steps.keys()].join(', ')}` : `did you mean ${similar}?`,
      );
    }
    const missing = how === 'only' ? step.needs.filter((need) => !ids.includes(need)) : [];
    if (missing.length > 0)
      throw usage(
        'ONLY_NEEDS',
        `step ${id} needs ${missing.join(', ')}, which would have no result`,
        `run what it needs too: --until ${id}; or use the results of an earlier run: keystone rerun ${plan.name} --from ${id} --only`,
      );
  }
  return selection;
}

const usage = (code: string, message: string, hint: string): KeystoneError =>
  new KeystoneError(code, message, { exitCode: EXIT.usage, hint });
