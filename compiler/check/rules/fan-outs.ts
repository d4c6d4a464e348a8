/** `foreach` and `strategy.matrix`: one of them at most, and a matrix whose keys make sense. */

import { MAX_COMBINATIONS } from '../../lower/matrix.ts';
import {
  child,
  childPath,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  toJson,
} from '../../read/source-doc.ts';
import type { CheckContext, Report } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';
import { ID_PATTERN } from '../language/step.ts';
import { didYouMean } from '../nearest.ts';
import { isTemplate } from '../structure/place.ts';
import { actualWords } from '../structure/words.ts';
import { RESERVED_NAMES } from './step-ids.ts';

const AXIS_NAME = new RegExp(ID_PATTERN);

export function fanOuts({ facts, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    const foreach = step.node.entries.get('foreach');
    const strategy = step.node.entries.get('strategy');
    if (foreach !== undefined && strategy !== undefined) {
      report({
        code: 'FOREACH_AND_MATRIX',
        span: strategy.keySpan,
        path: childPath(step.path, 'strategy'),
        message: 'a step has either "foreach" or "strategy.matrix", not both',
      });
    }
    if (strategy !== undefined) checkStrategy(strategy, childPath(step.path, 'strategy'), report);
    const matrix = child(strategy?.value, 'matrix');
    if (matrix !== undefined) checkMatrix(matrix, `${step.path}.strategy.matrix`, report);
    if (foreach === undefined && strategy === undefined && step.undoes === undefined)
      warnUseless(step, report);
  }
}

/** What GitHub Actions has beside the matrix is a field of the step here. */
const OF_THE_STEP: Readonly<Record<string, string>> = {
  'fail-fast': 'failFast',
  failFast: 'failFast',
  'max-parallel': 'concurrency',
  concurrency: 'concurrency',
};

function checkStrategy({ keySpan, value }: SourceEntry, path: string, report: Report): void {
  if (value.type !== 'map') {
    const message = `"strategy" must be a map, not ${actualWords(value)}`;
    report({ code: 'WRONG_TYPE', span: value.span, path, message });
    return;
  }
  let isThere = value.entries.has('matrix');
  for (const entry of value.entries.values()) {
    if (entry.key === 'matrix' || entry.key.startsWith('x-')) continue;
    const meant = didYouMean(entry.key, ['matrix']);
    isThere ||= meant !== undefined;
    const field = Object.hasOwn(OF_THE_STEP, entry.key) ? OF_THE_STEP[entry.key] : undefined;
    report({
      code: 'UNKNOWN_FIELD',
      span: entry.keySpan,
      path: childPath(path, entry.key),
      message: `"${entry.key}" is not a field of "strategy"`,
      hint:
        field === undefined
          ? (meant ?? 'it has matrix')
          : `write "${field}" on the step itself, beside "strategy"`,
    });
  }
  if (!isThere) report({ code: 'MISSING_FIELD', span: keySpan, path, message: '"strategy" has no "matrix"' });
}

function warnUseless(step: StepFacts, report: Report): void {
  for (const field of ['concurrency', 'failFast']) {
    const entry = step.node.entries.get(field);
    if (entry === undefined || step.kind === undefined || Object.hasOwn(step.kind.schema.properties, field))
      continue;
    report({
      severity: 'warning',
      code: 'NO_EFFECT',
      span: entry.keySpan,
      path: childPath(step.path, field),
      message: `"${field}" has no effect without "foreach" or "strategy.matrix"`,
    });
  }
}

function checkMatrix(matrix: SourceNode, path: string, report: Report): void {
  if (matrix.type !== 'map') {
    const hint = isTemplate(matrix)
      ? 'give each axis by name; its values may be an expression. For a computed list of combinations use "foreach"'
      : undefined;
    report({
      code: 'WRONG_TYPE',
      span: matrix.span,
      path,
      message: `"matrix" must be a map of axes, not ${actualWords(matrix)}`,
      hint,
    });
    return;
  }
  const axes = [...matrix.entries.values()].filter((entry) => !isModifier(entry.key));
  for (const axis of axes) checkAxis(axis, path, report);
  const names = axes.map((axis) => axis.key);
  for (const modifier of ['include', 'exclude']) checkModifier(matrix, modifier, names, path, report);
  if (names.length === 0 && !matrix.entries.has('include')) {
    report({
      code: 'BAD_MATRIX',
      span: matrix.span,
      path,
      message: 'the matrix has no axes and no "include"',
    });
  }
  const sizes = axes.map((axis) => (axis.value.type === 'seq' ? axis.value.items.length : 1));
  const total = sizes.reduce((product, size) => product * size, 1);
  if (total > MAX_COMBINATIONS) {
    report({
      code: 'BAD_MATRIX',
      span: matrix.span,
      path,
      message: `the matrix has ${total.toLocaleString('en')} combinations; the limit is ${MAX_COMBINATIONS.toLocaleString('en')}`,
    });
  }
}

const isModifier = (key: string): boolean => key === 'include' || key === 'exclude' || key.startsWith('x-');

function checkAxis(axis: SourceEntry, matrixPath: string, report: Report): void {
  const path = childPath(matrixPath, axis.key);
  const { value } = axis;
  if (!AXIS_NAME.test(axis.key) || RESERVED_NAMES.has(axis.key)) {
    report({
      code: 'BAD_MATRIX',
      span: axis.keySpan,
      path,
      message: `"${axis.key}" cannot be the name of an axis: letters, digits and "_", not beginning with a digit`,
    });
  }
  if (value.type === 'seq' && value.items.length === 0) {
    report({ code: 'BAD_MATRIX', span: value.span, path, message: `the axis "${axis.key}" has no values` });
  } else if (value.type !== 'seq' && !isTemplate(value)) {
    report({
      code: 'WRONG_TYPE',
      span: value.span,
      path,
      message: `the axis "${axis.key}" must be a list of values or an expression, not ${actualWords(value)}`,
    });
  }
}

function checkModifier(
  matrix: SourceMap,
  name: string,
  axes: readonly string[],
  matrixPath: string,
  report: Report,
): void {
  const list = child(matrix, name);
  if (list === undefined) return;
  const path = childPath(matrixPath, name);
  if (isTemplate(list)) return;
  if (list.type !== 'seq') {
    report({
      code: 'WRONG_TYPE',
      span: list.span,
      path,
      message: `"${name}" must be a list of maps or an expression, not ${actualWords(list)}`,
    });
    return;
  }
  list.items.forEach((item, index) => {
    const itemPath = childPath(path, index);
    if (isTemplate(item)) return;
    if (item.type !== 'map') {
      report({
        code: 'WRONG_TYPE',
        span: item.span,
        path: itemPath,
        message: `an entry of "${name}" must be a map, not ${actualWords(item)}`,
      });
    } else if (name === 'exclude') {
      for (const entry of item.entries.values())
        checkExcluded(entry, matrix, axes, childPath(itemPath, entry.key), report);
    }
  });
}

function checkExcluded(
  entry: SourceEntry,
  matrix: SourceMap,
  axes: readonly string[],
  path: string,
  report: Report,
): void {
  if (!axes.includes(entry.key)) {
    report({
      code: 'BAD_MATRIX',
      span: entry.keySpan,
      path,
      message: `"exclude" names "${entry.key}", which is no axis of the matrix`,
      hint: didYouMean(entry.key, axes) ?? `the axes are ${axes.join(', ')}`,
    });
    return;
  }
  const values = child(matrix, entry.key);
  if (values?.type !== 'seq' || values.items.some((item) => JSON.stringify(toJson(item)).includes('${{')))
    return;
  const wanted = JSON.stringify(toJson(entry.value));
  if (wanted.includes('${{') || values.items.some((item) => JSON.stringify(toJson(item)) === wanted)) return;
  report({
    severity: 'warning',
    code: 'NO_EFFECT',
    span: entry.value.span,
    path,
    message: `"exclude" leaves nothing out: ${wanted} is no value of the axis "${entry.key}"`,
  });
}
