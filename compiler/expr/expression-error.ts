/** The one error of this folder: coded, with the offset in the text it was given, and what to type instead. */

/** What can be wrong with an expression; the codes are API. The summaries feed the documentation. */
export const EXPRESSION_ERRORS = {
  EXPRESSION_UNCLOSED: 'A `${{`, a bracket or a quoted text is opened and never closed.',
  EXPRESSION_SYNTAX: 'The text is not an expression; often a JavaScript habit, which the hint translates.',
  EXPRESSION_TOO_LONG: 'One expression is longer than 4,096 characters.',
  EXPRESSION_TOO_COMPLEX: 'One expression nests too deeply or has too many parts.',
  EXPRESSION_FORBIDDEN_NAME:
    'A name that would reach into the engine instead of the data, such as `constructor`.',
  EXPRESSION_UNKNOWN_FUNCTION: 'There is no transform or function of that name.',
  EXPRESSION_ARGUMENTS: 'A transform or function got too few or too many arguments.',
  EXPRESSION_UNKNOWN_NAME: 'The first name of a path is not in scope.',
  EXPRESSION_NULL: 'A property of a value that is null was asked for.',
  EXPRESSION_TYPE: 'An operator, a property or a transform met a value of a type it cannot work with.',
  EXPRESSION_VALUE: 'A value has the right type but cannot be used, such as text that is not JSON.',
  EXPRESSION_LIMIT: 'Evaluation would need too much work or give too large a result.',
} as const;

export type ExpressionErrorCode = keyof typeof EXPRESSION_ERRORS;

/** The author's mistake in an expression, found while parsing or evaluating it. */
export class ExpressionError extends Error {
  readonly code: ExpressionErrorCode;
  /** The text that was given: the whole template, or the expression when only that was given. */
  readonly expression: string;
  /** Where in `expression` the trouble is; 0 ≤ offset ≤ length. */
  readonly offset: number;
  /** What to type instead. */
  readonly hint?: string;

  constructor(
    code: ExpressionErrorCode,
    message: string,
    at: { expression: string; offset: number; hint?: string | undefined },
  ) {
    super(message);
    this.name = 'ExpressionError';
    this.code = code;
    this.expression = at.expression;
    this.offset = at.offset;
    if (at.hint !== undefined) this.hint = at.hint;
  }

  /** The same error seen from a larger text in which the expression begins at `start`. */
  within(text: string, start: number): ExpressionError {
    const { code, message, offset, hint } = this;
    return new ExpressionError(code, message, { expression: text, offset: offset + start, hint });
  }
}

/** Thrown by operators and transforms, which know no offsets; the interpreter makes an ExpressionError of it. */
export class Refusal extends Error {
  readonly code: ExpressionErrorCode;
  readonly hint: string | undefined;

  constructor(code: ExpressionErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
