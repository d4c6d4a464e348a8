/** Items of a step that fans out: the same before and after a restore, evaluated from the ledger or read from what was kept. */
import {
  combinationLabel,
  type EvaluateOptions,
  ExpressionError,
  evaluate,
  evaluateExpression,
  MatrixError,
  type MatrixPlan,
  referencesOf,
  resolveMatrix,
  type Scope,
} from '#compiler';
import { StepFailure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

/** Any array, or lines that are read when they are asked for. */
export interface Items {
  readonly length: number;
  at(index: number): Json | undefined;
}

/** The step as a whole, not one of its items. */
export const isFanOut = (ref: StepRef): boolean =>
  ref.item === undefined && (ref.step.foreach !== undefined || ref.step.matrix !== undefined);

/** @throws {StepFailure} when the expression gives no array, or the matrix no combinations. */
export function itemsOf(run: RunContext, ref: StepRef): Items {
  const scope = scopeOf(run, ref);
  const options = evaluateOptions(run, ref, run.startedAt);
  const { foreach, matrix } = ref.step;
  if (matrix !== undefined) return combinationsOf(matrix, scope, options);
  if (Array.isArray(foreach)) return evaluate(foreach, scope, options) as Json[];
  if (typeof foreach === 'object') {
    const kept = run.fanOuts.get(ref.path);
    if (kept?.lines === undefined) throw new Error(`the lines of ${ref.path} were never kept`);
    return run.ports.openLines(kept.lines, kept.total);
  }
  const items = evaluateExpression(foreach ?? '[]', scope, options);
  if (!Array.isArray(items)) {
    throw new StepFailure('FOREACH_NOT_ARRAY', `"foreach" gave ${describe(items)}; it must give an array`);
  }
  return items;
}

function combinationsOf(matrix: MatrixPlan, scope: Scope, options: EvaluateOptions): JsonObject[] {
  const { axes, include, exclude } = evaluate({ ...matrix }, scope, options) as JsonObject;
  try {
    return resolveMatrix({ axes: axes as JsonObject, include: include ?? [], exclude: exclude ?? [] });
  } catch (error) {
    if (error instanceof MatrixError) throw new StepFailure('MATRIX', error.message, { cause: error });
    throw error;
  }
}

/** What items are called: by a `name` that speaks of them, else as combinations of a matrix. Only where a person may want to read them all. */
export function labelsOf(run: RunContext, ref: StepRef, items: Items): string[] | undefined {
  const { name, matrix } = ref.step;
  if (items.length === 0 || items.length > MOST_LABELS) return undefined;
  const label = isNameOfItem(name) ? nameOf(run, ref, name) : matrix && combinationOf(matrix, items);
  if (label === undefined) return undefined;
  return Array.from({ length: items.length }, (_, index) => cut(label(index), LONGEST_LABEL));
}

const combinationOf = (matrix: MatrixPlan, items: Items): ((index: number) => string) => {
  const axes = Object.keys(matrix.axes);
  return (index) => combinationLabel((items.at(index) ?? {}) as JsonObject, axes);
};

const isNameOfItem = (name: Json | undefined): name is string =>
  typeof name === 'string' &&
  name.includes('${{') &&
  referencesOf(name).some(({ root }) => root === 'item' || root === 'index');

/** A name is for show: one that cannot be evaluated is none. */
function nameOf(run: RunContext, ref: StepRef, name: string): (index: number) => string {
  return (index) => {
    try {
      const item = run.index.at(`${ref.path}[${index}]`);
      return String(evaluate(name, scopeOf(run, item), evaluateOptions(run, item, run.startedAt)));
    } catch (error) {
      if (error instanceof ExpressionError) return '';
      throw error;
    }
  };
}

const MOST_LABELS = 1000;
const LONGEST_LABEL = 100;

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

const describe = (value: Json): string => cut(JSON.stringify(value), 60);
