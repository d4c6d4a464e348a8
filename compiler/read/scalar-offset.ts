/** Where a character of a scalar's value stands in the text: undoes quotes, escapes, indentation and folding. */
import type { Span } from '../plan.ts';
import type { SourceScalar } from './source-doc.ts';

/** The part of a value that one source line holds. */
interface Piece {
  text: string;
  /** For each UTF-16 unit of `text`, its offset in the raw scalar; one more for the end. */
  offsets: number[];
}

/** The source offset of `valueOffset` in the scalar's value. For what no line holds, such as a folded line break, the next character. */
export function sourceOffset(source: string, scalar: SourceScalar, valueOffset: number): number {
  const { start, end } = scalar.span;
  if (typeof scalar.value !== 'string') return start;
  const raw = source.slice(start, end);
  if (raw === scalar.value) return start + Math.min(valueOffset, raw.length);
  const block = scalar.style === 'literal' || scalar.style === 'folded';
  const pieces = block ? blockPieces(raw, scalar.value) : flowPieces(raw, scalar.style);
  return start + offsetIn(pieces, scalar.value, valueOffset, raw.length);
}

const STYLES: Readonly<Record<string, SourceScalar['style']>> = {
  '|': 'literal',
  '>': 'folded',
  "'": 'single',
  '"': 'double',
};

/** The same for a value of which only the place is known. */
export function offsetInValue(source: string, span: Span, value: string, valueOffset: number): number {
  const style = STYLES[source.charAt(span.start)] ?? 'plain';
  return sourceOffset(source, { type: 'scalar', span, value, style }, valueOffset);
}

function offsetIn(pieces: readonly Piece[], value: string, target: number, fallback: number): number {
  let from = 0;
  let last = fallback;
  for (const { text, offsets } of pieces) {
    if (text === '') continue;
    const at = value.indexOf(text, from);
    if (at < 0) return offsets[0] ?? last;
    const found = target < at ? offsets[0] : target - at < text.length ? offsets[target - at] : undefined;
    if (found !== undefined) return found;
    from = at + text.length;
    last = offsets[text.length] ?? last;
  }
  return last;
}

/** Lines of the raw text with their offsets, without the line breaks. */
function linesOf(raw: string): { text: string; start: number }[] {
  const lines: { text: string; start: number }[] = [];
  let start = 0;
  for (const match of raw.matchAll(/\r\n|\n|\r/g)) {
    lines.push({ text: raw.slice(start, match.index), start });
    start = match.index + match[0].length;
  }
  lines.push({ text: raw.slice(start), start });
  return lines;
}

function blockPieces(raw: string, value: string): Piece[] {
  const lines = linesOf(raw).slice(1);
  const first = lines.find((line) => line.text.trim() !== '');
  if (first === undefined) return [];
  const kept = leadingSpaces(value.replace(/^[ \t]*\n+/, ''));
  const indent = Math.max(0, leadingSpaces(first.text) - kept);
  return lines.map(({ text, start }) => plainPiece(text.slice(indent), start + indent));
}

function leadingSpaces(text: string): number {
  return text.length - text.replace(/^ +/, '').length;
}

function flowPieces(raw: string, style: SourceScalar['style']): Piece[] {
  const quoted = style === 'single' || style === 'double';
  const lines = linesOf(raw);
  return lines.map(({ text, start }, index) => {
    let from = index === 0 && quoted ? 1 : 0;
    let to = text.length - (index === lines.length - 1 && quoted ? 1 : 0);
    if (index > 0) while (from < to && isBlank(text[from])) from++;
    if (index < lines.length - 1) while (to > from && isBlank(text[to - 1]) && text[to - 2] !== '\\') to--;
    const inner = text.slice(from, to);
    if (style === 'double') return decoded(inner, start + from);
    return style === 'single' ? unquoted(inner, start + from) : plainPiece(inner, start + from);
  });
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

function plainPiece(text: string, start: number): Piece {
  return { text, offsets: Array.from({ length: text.length + 1 }, (_, i) => start + i) };
}

function unquoted(raw: string, start: number): Piece {
  const piece: Piece = { text: '', offsets: [] };
  for (let i = 0; i < raw.length; i += raw[i] === "'" ? 2 : 1) add(piece, raw[i] ?? '', start + i);
  piece.offsets.push(start + raw.length);
  return piece;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function decoded(raw: string, start: number): Piece {
  const piece: Piece = { text: '', offsets: [] };
  let i = 0;
  while (i < raw.length) {
    const kind = raw[i] === '\\' ? raw[i + 1] : undefined;
    const digits = kind === undefined ? 0 : (HEX_DIGITS[kind] ?? 0);
    if (digits > 0) add(piece, codePoint(raw.slice(i + 2, i + 2 + digits)), start + i);
    else if (kind !== undefined) add(piece, ESCAPES[kind] ?? kind, start + i);
    else if (raw[i] !== '\\') add(piece, raw[i] ?? '', start + i);
    i += digits > 0 ? 2 + digits : kind === undefined ? 1 : 2;
  }
  piece.offsets.push(start + raw.length);
  return piece;
}

function codePoint(hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function add(piece: Piece, text: string, offset: number): void {
  piece.text += text;
  for (let i = 0; i < text.length; i++) piece.offsets.push(offset);
}
