/** Text → the pieces inside and outside `${{ }}`. */
import { ExpressionError } from './expression-error.ts';
import { LIMITS } from './limits.ts';
import { LruCache } from './lru-cache.ts';
import { endOfQuoted } from './tokens.ts';

export type Segment =
  /** Text as it will appear: `$${{` has become `${{`. */
  | { kind: 'text'; text: string }
  /** The source between `${{` and `}}`, which begins at offset `start`. */
  | { kind: 'expression'; source: string; start: number };

const OPEN = '${{';
const LITERAL_OPEN = '$${{';

const cache = new LruCache<readonly Segment[]>(LIMITS.cached);

/** @throws {ExpressionError} EXPRESSION_UNCLOSED at the `${{` that has no `}}` */
export function splitTemplate(text: string): readonly Segment[] {
  const known = cache.get(text);
  if (known) return known;
  const segments = split(text);
  return text.length > LIMITS.cachedTextLength ? segments : cache.set(text, segments);
}

/** Whether there is anything for `splitTemplate` to find; the cheap test for the many texts that are just text. */
export function isTemplate(text: string): boolean {
  return text.includes(OPEN);
}

function split(text: string): Segment[] {
  const segments: Segment[] = [];
  let pending = '';
  let at = 0;
  for (let open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
    if (open > at && text.startsWith(LITERAL_OPEN, open - 1)) {
      pending += text.slice(at, open - 1) + OPEN;
      at = open + OPEN.length;
      continue;
    }
    pending += text.slice(at, open);
    if (pending !== '') segments.push({ kind: 'text', text: pending });
    pending = '';
    const start = open + OPEN.length;
    const end = endOfExpression(text, start);
    segments.push({ kind: 'expression', source: text.slice(start, end), start });
    at = end + 2;
  }
  pending += text.slice(at);
  if (pending !== '') segments.push({ kind: 'text', text: pending });
  return segments;
}

/** Offset of the `}}` that ends the expression: quoted text and braces of objects inside are passed over. */
function endOfExpression(text: string, start: number): number {
  let braces = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"' || char === "'") {
      const end = endOfQuoted(text, at);
      if (end === undefined) throw unclosedQuote(text, start, at);
      at = end - 1;
    } else if (char === '{') braces++;
    else if (char === '}' && braces > 0) braces--;
    else if (char === '}' && text.charAt(at + 1) === '}') return at;
  }
  throw unclosedBraces(text, start);
}

/** A quote on a later line is more likely one of the text after a forgotten `}}`. */
function unclosedQuote(text: string, start: number, at: number): ExpressionError {
  if (text.slice(start, at).includes('\n')) return unclosedBraces(text, start);
  const quote = text.charAt(at);
  return unclosed(
    text,
    at,
    `quoted text that begins with ${quote} has no end`,
    `a quote inside is written \\${quote}`,
  );
}

function unclosedBraces(text: string, start: number): ExpressionError {
  const hint = 'add "}}", or write "$${{" for the characters themselves';
  return unclosed(text, start - OPEN.length, '"${{" is never closed', hint);
}

function unclosed(text: string, offset: number, message: string, hint: string): ExpressionError {
  return new ExpressionError('EXPRESSION_UNCLOSED', message, { expression: text, offset, hint });
}
