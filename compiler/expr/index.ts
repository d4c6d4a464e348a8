/** Expressions: `${{ … }}` in texts, on jexl's grammar with an evaluator of our own. */
export { evaluate, evaluateExpression } from './evaluate.ts';
export { EXPRESSION_ERRORS, ExpressionError, type ExpressionErrorCode } from './expression-error.ts';
export { unknownNameHint } from './hints/names.ts';
export { LIMITS as EXPRESSION_LIMITS } from './limits.ts';
export { isTruthy } from './operators.ts';
export type { EvaluateOptions, EvaluationHooks, Scope } from './options.ts';
export { type Reference, referencesOf, usesStatusFunction } from './references.ts';
export { TRANSFORM_FAMILIES } from './transforms/index.ts';
