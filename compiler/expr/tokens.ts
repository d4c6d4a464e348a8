/** Expression text → tokens with offsets. jexl's words and symbols; quoted text knows the usual escapes. */
import { ExpressionError } from './expression-error.ts';
import { habitAt } from './hints/symbols.ts';
import type { JexlTokenType } from './jexl-tree.ts';

export interface Token {
  type: JexlTokenType;
  /** As written. */
  text: string;
  start: number;
  end: number;
  /** Of literals. */
  value?: string | number;
}

const SPACE = /\s+/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const SYMBOLS: Readonly<Record<string, JexlTokenType>> = {
  '.': 'dot',
  ',': 'comma',
  ':': 'colon',
  '?': 'question',
  '|': 'pipe',
  '!': 'unaryOp',
  '(': 'openParen',
  ')': 'closeParen',
  '[': 'openBracket',
  ']': 'closeBracket',
  '{': 'openCurl',
  '}': 'closeCurl',
  '+': 'binaryOp',
  '-': 'binaryOp',
  '*': 'binaryOp',
  '/': 'binaryOp',
  '%': 'binaryOp',
  '^': 'binaryOp',
  '>': 'binaryOp',
  '<': 'binaryOp',
  '//': 'binaryOp',
  '==': 'binaryOp',
  '!=': 'binaryOp',
  '>=': 'binaryOp',
  '<=': 'binaryOp',
  '&&': 'binaryOp',
  '||': 'binaryOp',
};

/** @throws {ExpressionError} at the first character that is no part of any expression, or of quoted text without end */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    SPACE.lastIndex = at;
    if (SPACE.test(text)) {
      at = SPACE.lastIndex;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function tokenAt(text: string, start: number): Token {
  const habit = habitAt(text, start);
  if (habit)
    throw new ExpressionError('EXPRESSION_SYNTAX', habit.message, {
      expression: text,
      offset: start,
      hint: habit.hint,
    });
  const first = text.charAt(start);
  if (first === '"' || first === "'") return quotedAt(text, start);
  const number = matchAt(NUMBER, text, start);
  if (number !== undefined) return numberToken(text, number, start);
  const word = matchAt(WORD, text, start);
  if (word !== undefined) return { type: 'identifier', text: word, start, end: start + word.length };
  for (const length of [2, 1]) {
    const symbol = text.slice(start, start + length);
    const type = Object.hasOwn(SYMBOLS, symbol) ? SYMBOLS[symbol] : undefined;
    if (type && symbol.length === length) return { type, text: symbol, start, end: start + length };
  }
  throw unknownCharacter(text, start);
}

function matchAt(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}

function numberToken(text: string, number: string, start: number): Token {
  const end = start + number.length;
  const value = Number(number);
  if (/[A-Za-z_$]/.test(text.charAt(end))) {
    const hint = 'quote text that begins with a digit, and name a key that does so by ["…"]';
    throw new ExpressionError('EXPRESSION_SYNTAX', `"${number}" is followed by letters`, {
      expression: text,
      offset: start,
      hint,
    });
  }
  if (!Number.isFinite(value)) {
    throw new ExpressionError('EXPRESSION_SYNTAX', `${number} is too large a number`, {
      expression: text,
      offset: start,
    });
  }
  return { type: 'literal', text: number, start, end, value };
}

function quotedAt(text: string, start: number): Token {
  const end = endOfQuoted(text, start);
  if (end === undefined) {
    const quote = text.charAt(start);
    const message = `quoted text that begins with ${quote} has no end`;
    throw new ExpressionError('EXPRESSION_UNCLOSED', message, {
      expression: text,
      offset: start,
      hint: `add the closing ${quote}; a quote inside is written \\${quote}`,
    });
  }
  return {
    type: 'literal',
    text: text.slice(start, end),
    start,
    end,
    value: unescaped(text.slice(start + 1, end - 1)),
  };
}

/** Offset just after the quote that closes the one at `start`; undefined when there is none. */
export function endOfQuoted(text: string, start: number): number | undefined {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at++;
    else if (code === quote) return at + 1;
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** An escape that is not ours keeps its backslash, so that a pattern such as '\d+' can be written plainly. */
function unescaped(inner: string): string {
  if (!inner.includes('\\')) return inner;
  return inner.replace(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (whole, hex: string | undefined, char: string | undefined) =>
      hex === undefined ? (ESCAPES[char ?? ''] ?? whole) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unknownCharacter(text: string, offset: number): ExpressionError {
  const char = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  const isLetter = /\p{L}|\p{M}|\p{N}/u.test(char);
  const message = isLetter
    ? `names are written with ASCII letters, digits, _ and $; "${char}" is none of them`
    : `"${char}" has no meaning in an expression`;
  const hint = isLetter ? 'use ["…"] for other keys, such as inputs["größe"]' : undefined;
  return new ExpressionError('EXPRESSION_SYNTAX', message, { expression: text, offset, hint });
}
