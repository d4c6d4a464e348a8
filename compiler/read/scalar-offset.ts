/** Where a character of a scalar's value stands in the text: undoes quotes, escapes, indentation and folding. */
import type { SourceScalar } from './source-doc.ts';

/**
 * The source offset of `valueOffset` in the scalar's value. Exact for every style; when the two texts drift apart for a
 * reason unknown here, the nearest place known.
 */
export function sourceOffset(source: string, scalar: SourceScalar, valueOffset: number): number {
  if (typeof scalar.value !== 'string') return scalar.span.start;
  const raw = source.slice(scalar.span.start, scalar.span.end);
  if (scalar.style === 'plain' && raw === scalar.value)
    return scalar.span.start + Math.min(valueOffset, raw.length);
  const start = contentStart(raw, scalar.style);
  return scalar.span.start + align(raw, start, scalar.value, valueOffset, scalar.style);
}

function contentStart(raw: string, style: SourceScalar['style']): number {
  if (style === 'single' || style === 'double') return 1;
  if (style === 'plain') return 0;
  const headerEnd = raw.indexOf('\n');
  return headerEnd < 0 ? raw.length : headerEnd + 1;
}

/** Walks both texts until `target` characters of the value are used up. */
function align(
  raw: string,
  start: number,
  value: string,
  target: number,
  style: SourceScalar['style'],
): number {
  let i = start;
  let j = 0;
  if (style === 'literal' || style === 'folded') i = skipBlanks(raw, i, value[0]);
  while (j < target && i < raw.length) {
    const wanted = value[j] ?? '';
    if (style === 'double' && raw[i] === '\\') {
      const escaped = readEscape(raw, i);
      i += escaped.length;
      j += escaped.produces;
    } else if (style === 'single' && raw[i] === "'" && raw[i + 1] === "'") {
      i += 2;
      j += 1;
    } else if (isBreak(raw[i]) || isFoldedBreak(raw, i, wanted)) {
      const next = skipLineBreak(raw, i, value, j);
      i = next.i;
      j = next.j;
    } else if (raw[i] === wanted) {
      i++;
      j++;
    } else {
      i++;
    }
  }
  return Math.min(i, raw.length);
}

const isBreak = (char: string | undefined): boolean => char === '\n' || char === '\r';
const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

/** Trailing blanks before a line break that folding dropped. */
function isFoldedBreak(raw: string, i: number, wanted: string): boolean {
  if (!isBlank(raw[i])) return false;
  let k = i;
  while (isBlank(raw[k])) k++;
  return isBreak(raw[k]) && raw[i] !== wanted;
}

/** Line breaks and indentation in the text against the line breaks or the one space they became. */
function skipLineBreak(raw: string, from: number, value: string, at: number): { i: number; j: number } {
  let i = from;
  let j = at;
  while (isBreak(raw[i]) || isBlank(raw[i])) i++;
  while (value[j] === '\n') j++;
  if (j === at && value[j] === ' ') j++;
  // What is left of the indentation in the value belongs to the line.
  let blanks = 0;
  while (isBlank(value[j + blanks])) blanks++;
  const available = countBlanksBefore(raw, i);
  return { i: i - Math.min(blanks, available), j };
}

function countBlanksBefore(raw: string, end: number): number {
  let k = end;
  while (k > 0 && isBlank(raw[k - 1])) k--;
  return end - k;
}

function skipBlanks(raw: string, from: number, first: string | undefined): number {
  let i = from;
  if (first === '\n' || isBlank(first)) return i;
  while (isBreak(raw[i]) || isBlank(raw[i])) i++;
  return i;
}

/** Length of the escape at `i` and how many UTF-16 units it stands for. */
function readEscape(raw: string, i: number): { length: number; produces: number } {
  const kind = raw[i + 1];
  if (kind === 'x') return { length: 4, produces: 1 };
  if (kind === 'u') return { length: 6, produces: 1 };
  if (kind === 'U')
    return { length: 10, produces: Number.parseInt(raw.slice(i + 2, i + 10), 16) > 0xffff ? 2 : 1 };
  if (isBreak(kind)) {
    let k = i + 1;
    while (isBreak(raw[k]) || isBlank(raw[k])) k++;
    return { length: k - i, produces: 0 };
  }
  return { length: 2, produces: 1 };
}
