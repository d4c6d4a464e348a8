/** The scope and the small verbs that the tests of expressions share. */
import {
  type EvaluateOptions,
  ExpressionError,
  evaluate,
  evaluateExpression,
  type Scope,
} from '../../../compiler/expr/index.ts';
import type { Json } from '../../../compiler/json.ts';

export const scope: Scope = {
  inputs: { name: 'key stone', count: 3, flag: true, 'my-key': 5, nothing: null, tags: ['a', 'b c'] },
  steps: {
    build: {
      output: {
        url: 'https://example.org',
        files: [
          { name: 'a.ts', size: 10 },
          { name: 'b.md', size: 20 },
        ],
      },
      status: 'success',
    },
    skipped: { output: null, status: 'skipped' },
  },
  env: { HOME: '/home/me' },
};

export const options: EvaluateOptions = {
  hooks: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6), uuid: () => '00000000-0000-4000-8000-000000000001' },
};

export function value(expression: string, over: Scope = scope, with_: EvaluateOptions = options): Json {
  return evaluateExpression(expression, over, with_);
}

export function render(text: Json, over: Scope = scope, with_: EvaluateOptions = options): Json {
  return evaluate(text, over, with_);
}

/** The ExpressionError that `body` throws; fails when it throws nothing or anything else. */
export function errorOf(body: () => unknown): ExpressionError {
  try {
    body();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export function errorIn(expression: string, over: Scope = scope): ExpressionError {
  return errorOf(() => value(expression, over));
}
