/** `strategy.matrix`: lowered to axes, and resolved to combinations once its expressions are evaluated. */
import type { Json, JsonObject } from '../json.ts';
import type { MatrixPlan } from '../plan.ts';
import { child, type SourceMap, toJson } from '../read/source-doc.ts';

/** Combinations one matrix may have. */
export const MAX_COMBINATIONS = 10_000;

export class MatrixError extends Error {
  readonly code = 'BAD_MATRIX';

  constructor(message: string) {
    super(message);
    this.name = 'MatrixError';
  }
}

export function lowerMatrix(step: SourceMap): MatrixPlan | undefined {
  const matrix = child(child(step, 'strategy'), 'matrix');
  if (matrix?.type !== 'map') return undefined;
  const plan: MatrixPlan = { axes: {}, include: [], exclude: [] };
  for (const { key, value } of matrix.entries.values()) {
    if (key === 'include' || key === 'exclude') plan[key] = toJson(value);
    else if (!key.startsWith('x-')) plan.axes[key] = toJson(value);
  }
  return plan;
}

/** A matrix whose expressions have been evaluated. */
export interface EvaluatedMatrix {
  axes: Readonly<Record<string, Json>>;
  include: Json;
  exclude: Json;
}

/**
 * The combinations of an evaluated matrix, in order: the first axis varies slowest. As in GitHub Actions, `exclude` drops the
 * combinations that have all its values; then each `include` adds what is no axis to every combination whose axis values it agrees
 * with, and may change what another one added; or it becomes a combination of its own, to which nothing is added.
 * @throws {MatrixError} when an axis is no list, `include` or `exclude` no list of maps, or there are more than MAX_COMBINATIONS.
 */
export function resolveMatrix(matrix: EvaluatedMatrix): JsonObject[] {
  const axes = Object.keys(matrix.axes);
  const exclude = entriesOf(matrix, 'exclude');
  const combinations = product(matrix.axes).filter(
    (combination) => !exclude.some((entry) => contains(combination, entry)),
  );
  const originals = combinations.length;
  for (const entry of entriesOf(matrix, 'include')) {
    const added = Object.fromEntries(Object.entries(entry).filter(([key]) => !axes.includes(key)));
    let isAdded = false;
    for (const [i, combination] of combinations.slice(0, originals).entries()) {
      // No entry changes an axis, so that a combination agrees with an entry or not, whatever was added before.
      if (!agrees(combination, entry, axes)) continue;
      combinations[i] = { ...combination, ...added };
      isAdded = true;
    }
    if (!isAdded) combinations.push({ ...entry });
  }
  if (combinations.length > MAX_COMBINATIONS) throw tooMany(combinations.length);
  return combinations;
}

/**
 * What a combination is called beside the step's name: the values of its axes, as in GitHub Actions; of one that has not all axes all
 * its values. Values within lists and maps count too, nothing and empty texts do not.
 */
export function combinationLabel(combination: JsonObject, axes: readonly string[]): string {
  const keys = axes.every((axis) => Object.hasOwn(combination, axis)) ? axes : Object.keys(combination);
  return keys.flatMap((key) => leavesOf(combination[key])).join(', ');
}

function leavesOf(value: Json | undefined): string[] {
  if (value === null || value === undefined || value === '') return [];
  return typeof value === 'object' ? Object.values(value).flatMap(leavesOf) : [String(value)];
}

function entriesOf(matrix: EvaluatedMatrix, name: 'include' | 'exclude'): JsonObject[] {
  const list = matrix[name];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw new MatrixError(`"${name}" of the matrix must be a list of maps, not ${JSON.stringify(list)}`);
}

function product(axes: Readonly<Record<string, Json>>): JsonObject[] {
  const names = Object.keys(axes);
  if (names.length === 0) return [];
  let combinations: JsonObject[] = [{}];
  for (const name of names) {
    const values = axes[name];
    if (!Array.isArray(values)) throw new MatrixError(`the axis "${name}" must be a list of values`);
    if (combinations.length * values.length > MAX_COMBINATIONS)
      throw tooMany(combinations.length * values.length);
    combinations = combinations.flatMap((combination) =>
      values.map((value) => ({ ...combination, [name]: value })),
    );
  }
  return combinations;
}

function tooMany(count: number): MatrixError {
  return new MatrixError(`the matrix has at least ${count} combinations; the limit is ${MAX_COMBINATIONS}`);
}

function contains(combination: JsonObject, entry: JsonObject): boolean {
  return (
    Object.keys(entry).length > 0 &&
    Object.keys(entry).every(
      (key) => Object.hasOwn(combination, key) && matches(combination[key], entry[key]),
    )
  );
}

/** True when adding the entry to the combination would change none of its axis values. */
function agrees(original: JsonObject, entry: JsonObject, axes: readonly string[]): boolean {
  return axes.every((axis) => !Object.hasOwn(entry, axis) || matches(original[axis], entry[axis]));
}

/** Equal, where an object in the pattern only has to agree in the keys it has. */
function matches(value: Json | undefined, pattern: Json | undefined): boolean {
  if (isObject(pattern) && isObject(value)) {
    return Object.entries(pattern).every(
      ([key, each]) => Object.hasOwn(value, key) && matches(value[key], each),
    );
  }
  if (Array.isArray(pattern) && Array.isArray(value)) {
    return pattern.length === value.length && pattern.every((each, i) => matches(value[i], each));
  }
  return value === pattern;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
