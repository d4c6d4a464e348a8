/** `run --until` and `--only`: which steps a run leaves out, and with what reason. */
import { ExpressionError, evaluate, type StepPlan } from '#compiler';
import type { JsonObject } from '../kernel/json.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';

/** `until`: the step and all it needs. `only`: nothing but these steps. Kept with the run as an array. */
export type Selection = readonly ['until' | 'only', ...string[]];

/** @returns undefined for a run of all steps. */
export function readSelection(pinned: unknown): Selection | undefined {
  if (!Array.isArray(pinned) || (pinned[0] !== 'until' && pinned[0] !== 'only')) return undefined;
  return [pinned[0], ...pinned.slice(1).map(String)];
}

/** What is stored with a step that is left out. */
export const leftOutReason = ([how, ...ids]: Selection): string => `--${how} ${ids.join(' ')}`;

/** How `leftOutReason` begins. */
export const LEFT_OUT = /^--(until|only) /;

/** Ids of the steps that the run may begin. */
export function selectedSteps(steps: readonly StepPlan[], [how, ...ids]: Selection): Set<string> {
  const selected = new Set(ids);
  if (how === 'only') return selected;
  const needsOf = new Map(steps.map(({ id, needs }) => [id, needs]));
  // A set that grows is gone through to its end.
  for (const id of selected) for (const need of needsOf.get(id) ?? []) selected.add(need);
  return selected;
}

/** Of a run that leaves steps out: outputs that need them are null. */
export function outputsOfPart(run: RunContext): JsonObject {
  const scope = scopeOf(run, undefined);
  const options = evaluateOptions(run, undefined, run.clock.now());
  const outputs: JsonObject = {};
  for (const [name, written] of Object.entries(run.plan.outputs)) {
    try {
      outputs[name] = evaluate(written, scope, options);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      outputs[name] = null;
    }
  }
  return outputs;
}
