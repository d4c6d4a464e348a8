/** Items of a foreach or matrix step: evaluated from the ledger, the same before and after a restore. */
import { evaluate, evaluateExpression, MatrixError, type MatrixPlan, resolveMatrix } from '#compiler';
import { StepFailure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

/** The step as a whole, not one of its items. */
export const isFanOut = (ref: StepRef): boolean =>
  ref.item === undefined && (ref.step.foreach !== undefined || ref.step.matrix !== undefined);

/** @throws {StepFailure} when the expression gives no array. */
export function evaluateItems(run: RunContext, ref: StepRef): readonly Json[] {
  const scope = scopeOf(run, ref);
  const options = evaluateOptions(run, ref, run.startedAt);
  const { foreach, matrix } = ref.step;
  if (matrix !== undefined) {
    const axes = evaluate(matrix.axes, scope, options) as JsonObject;
    return combinations({ ...matrix, axes });
  }
  const items = evaluateExpression(foreach ?? '[]', scope, options);
  if (!Array.isArray(items)) {
    throw new StepFailure('FOREACH_NOT_ARRAY', `"foreach" gave ${describe(items)}; it must give an array`);
  }
  return items;
}

function combinations(matrix: MatrixPlan): JsonObject[] {
  try {
    return resolveMatrix(matrix);
  } catch (error) {
    if (error instanceof MatrixError) throw new StepFailure('MATRIX', error.message, { cause: error });
    throw error;
  }
}

const describe = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};
