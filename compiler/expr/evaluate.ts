/** Values with `${{ }}` in them → plain JSON. Outputs are data: what an expression gives is never looked at for expressions. */
import type { Json } from '../json.ts';
import { ExpressionError, Refusal } from './expression-error.ts';
import { interpret, interpretForText } from './interpret.ts';
import type { EvaluateOptions, Scope } from './options.ts';
import { type Located, parseExpressionText, parseWithin } from './source.ts';
import { isTemplate, type Segment, splitTemplate } from './template.ts';
import { checkTextLength, textOf } from './text.ts';
import { toJson } from './to-json.ts';
import { quotedWords } from './transforms/strings.ts';

/**
 * Evaluates every template in a value, however deep; keys of objects are left alone.
 * A string that is exactly one `${{ }}` keeps the type of its value, unless `options.quote` asks for text; otherwise values
 * become part of the text: null is nothing, arrays and objects are JSON, or quoted words where `quote` is given.
 * @throws {ExpressionError} with the offset in the string that holds the expression
 */
export function evaluate(value: Json, scope: Scope, options: EvaluateOptions): Json {
  if (typeof value === 'string') return isTemplate(value) ? evaluateTemplate(value, scope, options) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope, options));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, evaluate(item, scope, options)]),
  );
}

/**
 * Evaluates a text that is one expression; `${{ }}` around it may be left out.
 * @throws {ExpressionError} with the offset in `text`
 */
export function evaluateExpression(text: string, scope: Scope, options: EvaluateOptions): Json {
  const located = parseExpressionText(text);
  return at(text, located, () => toJson(interpret(located.parsed, scope, options)));
}

function evaluateTemplate(text: string, scope: Scope, options: EvaluateOptions): Json {
  const segments = splitTemplate(text);
  const [only] = segments;
  if (segments.length === 1 && only?.kind === 'expression') return evaluateAlone(text, only, scope, options);
  let result = '';
  for (const segment of segments) {
    result +=
      segment.kind === 'text' ? segment.text : spliced(text, segment, scope, quotingAfter(result, options));
    if (result.length > text.length) limitText(text, segment, result);
  }
  return result;
}

/** Options whose `quote` knows where in the text the next value stands. */
function quotingAfter(before: string, options: EvaluateOptions): EvaluateOptions {
  const { quote } = options;
  return quote === undefined ? options : { ...options, quote: (text) => quote(text, before) };
}

type ExpressionSegment = Extract<Segment, { kind: 'expression' }>;

function evaluateAlone(
  text: string,
  segment: ExpressionSegment,
  scope: Scope,
  options: EvaluateOptions,
): Json {
  const located = parseWithin(text, segment.source, segment.start);
  return at(text, located, () => {
    if (!options.quote) return toJson(interpret(located.parsed, scope, options));
    const { value, lastTransform } = interpretForText(located.parsed, scope, options);
    if (lastTransform === 'raw') return toJson(value);
    return lastTransform === 'escape' ? textOf(value) : quotedWords(value, options.quote);
  });
}

function spliced(text: string, segment: ExpressionSegment, scope: Scope, options: EvaluateOptions): string {
  const located = parseWithin(text, segment.source, segment.start);
  return at(text, located, () => {
    if (!options.quote) return textOf(interpret(located.parsed, scope, options));
    const { value, lastTransform } = interpretForText(located.parsed, scope, options);
    return lastTransform === 'raw' || lastTransform === 'escape'
      ? textOf(value)
      : quotedWords(value, options.quote);
  });
}

function limitText(text: string, segment: Segment, result: string): void {
  at(text, { start: segment.kind === 'expression' ? segment.start : 0 }, () =>
    checkTextLength(result.length),
  );
}

/** Runs `body` and gives its errors the place in the whole text. */
function at<Result>(text: string, { start }: Pick<Located, 'start'>, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (error instanceof ExpressionError) throw start > 0 ? error.within(text, start) : error;
    if (error instanceof Refusal)
      throw new ExpressionError(error.code, error.message, {
        expression: text,
        offset: start,
        hint: error.hint,
      });
    if (error instanceof RangeError)
      throw new ExpressionError('EXPRESSION_LIMIT', 'the value is too large or nested too deeply', {
        expression: text,
        offset: start,
      });
    throw error;
  }
}
