/** Checks one scalar against one of our own schemas. */
import { parseDuration } from '../../lower/duration.ts';
import type { SourceScalar } from '../../read/source-doc.ts';
import { NOTE, PATTERN_WORDS } from '../language/notes.ts';
import { didYouMean } from '../nearest.ts';
import { type Place, reportType } from './place.ts';
import type { Shape } from './shape.ts';
import { actualWords, fitsType } from './words.ts';

export function checkScalar(node: SourceScalar, shape: Shape, place: Place): void {
  if (shape[NOTE] === 'duration') checkDuration(node, shape, place);
  else if (shape[NOTE] === 'expression') checkExpressionScalar(node, shape, place);
  else if (shape.const !== undefined || shape.enum !== undefined) checkChoice(node, shape, place);
  else if (!fitsType(node, shape)) reportType(node, shape, place);
  else if (typeof node.value === 'number') checkNumber(node, node.value, shape, place);
  else if (typeof node.value === 'string') checkText(node, node.value, shape, place);
}

function checkDuration(node: SourceScalar, shape: Shape, place: Place): void {
  const value = node.value;
  if (value === null || typeof value === 'boolean') {
    reportType(node, shape, place);
    return;
  }
  if (parseDuration(value) !== undefined) return;
  const negative = typeof value === 'number' ? value < 0 : value.trim().startsWith('-');
  place.report({
    code: 'BAD_DURATION',
    span: node.span,
    path: place.path,
    message: negative
      ? `${place.label} must not be negative`
      : `${place.label} must be a duration; ${actualWords(node)} is none`,
    hint: 'write 250ms, 10s, 5m, 2h, 3d, PT15M or a number of milliseconds',
  });
}

/** Its syntax is the expression rule's business; here only that it is a text (or, for `if`, a boolean). */
function checkExpressionScalar(node: SourceScalar, shape: Shape, place: Place): void {
  const booleanToo = (shape.anyOf ?? []).some((branch) => branch.type === 'boolean');
  if (typeof node.value === 'boolean' && booleanToo) return;
  if (typeof node.value !== 'string' || node.value.trim() === '') {
    place.report({
      code: 'WRONG_TYPE',
      span: node.span,
      path: place.path,
      message: `${place.label} must be an expression${booleanToo ? ', true or false' : ''}, not ${actualWords(node)}`,
    });
  }
}

function checkChoice(node: SourceScalar, shape: Shape, place: Place): void {
  const choices = shape.enum ?? [shape.const];
  if (choices.includes(node.value)) return;
  const texts = choices.filter((choice) => typeof choice === 'string');
  const list = choices
    .map((choice) => (typeof choice === 'string' ? choice : JSON.stringify(choice)))
    .join(', ');
  place.report({
    code: 'NOT_ALLOWED_VALUE',
    span: node.span,
    path: place.path,
    message: `${place.label} must be ${choices.length === 1 ? '' : 'one of '}${list}, not ${actualWords(node)}`,
    hint: typeof node.value === 'string' ? didYouMean(node.value, texts) : undefined,
  });
}

function checkNumber(node: SourceScalar, value: number, shape: Shape, place: Place): void {
  const bounds = [
    shape.minimum !== undefined && value < shape.minimum ? `at least ${shape.minimum}` : undefined,
    shape.maximum !== undefined && value > shape.maximum ? `at most ${shape.maximum}` : undefined,
    shape.exclusiveMinimum !== undefined && value <= shape.exclusiveMinimum
      ? `more than ${shape.exclusiveMinimum}`
      : undefined,
    shape.exclusiveMaximum !== undefined && value >= shape.exclusiveMaximum
      ? `less than ${shape.exclusiveMaximum}`
      : undefined,
  ];
  const bound = bounds.find((each) => each !== undefined);
  if (bound !== undefined) {
    place.report({
      code: 'OUT_OF_RANGE',
      span: node.span,
      path: place.path,
      message: `${place.label} must be ${bound}, not ${value}`,
    });
  }
}

function checkText(node: SourceScalar, value: string, shape: Shape, place: Place): void {
  const length = [...value].length;
  if (length < (shape.minLength ?? 0) || length > (shape.maxLength ?? Number.POSITIVE_INFINITY)) {
    const bound =
      length < (shape.minLength ?? 0) ? `at least ${shape.minLength}` : `at most ${shape.maxLength}`;
    place.report({
      code: 'OUT_OF_RANGE',
      span: node.span,
      path: place.path,
      message:
        value === ''
          ? `${place.label} must not be empty`
          : `${place.label} must have ${bound} characters, not ${length}`,
    });
  } else if (shape.pattern !== undefined && !new RegExp(shape.pattern, 'u').test(value)) {
    place.report({
      code: 'BAD_FORMAT',
      span: node.span,
      path: place.path,
      message: `${place.label} must be ${shape[PATTERN_WORDS] ?? `a text that matches ${shape.pattern}`}, not ${actualWords(node)}`,
    });
  }
}
