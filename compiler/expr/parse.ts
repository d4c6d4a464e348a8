/** Expression text → checked tree, remembered. jexl's parser decides structure and precedence. */
import grammarModule from 'jexl/dist/grammar.js';
import Parser from 'jexl/dist/parser/Parser.js';
import { arrange, NEGATE } from './arrange.ts';
import type { Parsed } from './ast.ts';
import { convert } from './convert.ts';
import { ExpressionError } from './expression-error.ts';
import { type JexlNode, type JexlToken, Mark } from './jexl-tree.ts';
import { LIMITS } from './limits.ts';
import { LruCache } from './lru-cache.ts';

/**
 * jexl's grammar on an object without inherited names. `&&` binds tighter than `||`, as in every language our users know
 * (jexl gives both one precedence).
 */
const GRAMMAR = {
  elements: Object.assign(Object.create(null), grammarModule.getGrammar().elements, {
    '&&': { type: 'binaryOp', precedence: 12 },
    [NEGATE]: { type: 'unaryOp', precedence: Number.POSITIVE_INFINITY },
  }),
};

const cache = new LruCache<Parsed>(LIMITS.cached);

/**
 * Parses one expression, without its `${{ }}`.
 * @throws {ExpressionError} with offsets in `text`
 */
export function parse(text: string): Parsed {
  const known = cache.get(text);
  if (known) return known;
  if (text.length > LIMITS.expressionLength) {
    const message = `the expression is ${text.length} characters long; the limit is ${LIMITS.expressionLength}`;
    const hint = 'use a `script` step, or pass large data by an output';
    throw new ExpressionError('EXPRESSION_TOO_LONG', message, {
      expression: text,
      offset: LIMITS.expressionLength,
      hint,
    });
  }
  const root = convert(jexlTreeOf(text), text);
  return cache.set(text, { text, root });
}

function jexlTreeOf(text: string): JexlNode {
  const parser = new Parser(GRAMMAR);
  for (const token of arrange(text)) {
    try {
      parser.addToken(token);
    } catch {
      throw unexpected(text, token);
    }
  }
  try {
    // The parser's only promise: JexlNode describes what 2.3.0 builds, and `convert` refuses missing operands.
    return parser.complete() as JexlNode;
  } catch {
    const message = text.includes('?')
      ? 'the expression ends too early; a condition is `test ? a : b`'
      : 'the expression ends too early';
    throw new ExpressionError('EXPRESSION_SYNTAX', message, { expression: text, offset: text.length });
  }
}

function unexpected(text: string, { type, value }: JexlToken): ExpressionError {
  const { text: word, start } = value instanceof Mark ? value : { text: value, start: 0 };
  const hint =
    type === 'colon'
      ? 'a condition is `test ? a : b`, a record `{ key: value }`'
      : type === 'closeCurl' || type === 'comma'
        ? 'a record is written `{ key: value }`'
        : undefined;
  return new ExpressionError('EXPRESSION_SYNTAX', `"${word}" is not expected here`, {
    expression: text,
    offset: start,
    hint,
  });
}
