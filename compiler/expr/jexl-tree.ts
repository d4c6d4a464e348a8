/**
 * What goes into jexl's parser and what comes out. jexl copies a token's `value` into its tree untouched (it only ever
 * uses it as a property name), so a value that is a `Mark` carries the offsets through a parser that knows none.
 */

/** A piece of the source with its place. As a property name it is its text. */
export class Mark {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Of literals. */
  readonly value: string | number | boolean | null;

  constructor(text: string, start: number, end: number, value: string | number | boolean | null = null) {
    this.text = text;
    this.start = start;
    this.end = end;
    this.value = value;
  }

  toString(): string {
    return this.text;
  }
}

export type JexlTokenType =
  | 'literal'
  | 'identifier'
  | 'binaryOp'
  | 'unaryOp'
  | 'dot'
  | 'pipe'
  | 'comma'
  | 'colon'
  | 'question'
  | 'openParen'
  | 'closeParen'
  | 'openBracket'
  | 'closeBracket'
  | 'openCurl'
  | 'closeCurl';

export interface JexlToken {
  type: JexlTokenType;
  /** A Mark, or for the key of a record a plain text made by `recordKey`. */
  value: Mark | string;
  /** jexl collects it for its own messages, which we never show. */
  raw: '';
}

export interface JexlGrammar {
  elements: Record<string, { type: JexlTokenType; precedence?: number }>;
}

/** jexl's tree as its parser leaves it: an empty operand is null or missing. */
export type JexlNode =
  | { type: 'Literal'; value: Mark }
  | { type: 'Identifier'; value: Mark; from?: JexlNode; relative?: true }
  | { type: 'FilterExpression'; subject: JexlNode; expr: JexlNode | null }
  | { type: 'ArrayLiteral'; value: JexlNode[] }
  | { type: 'ObjectLiteral'; value: Record<string, JexlNode | null> }
  | { type: 'UnaryExpression'; operator: Mark; right?: JexlNode }
  | { type: 'BinaryExpression'; operator: Mark; left: JexlNode; right?: JexlNode }
  | {
      type: 'ConditionalExpression';
      test: JexlNode;
      consequent?: JexlNode | null;
      alternate?: JexlNode | null;
    }
  | { type: 'FunctionCall'; name: Mark; args: JexlNode[] };

/** A key as jexl may use it: never a number (which would change the order) and never `__proto__`. */
export function recordKey(name: string): string {
  return `:${name}`;
}

export function recordKeyName(key: string): string {
  return key.slice(1);
}
