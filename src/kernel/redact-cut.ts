/**
 * Messages quote long values only in part, with `…` or `...` where they are cut. A cut secret is in none of its forms any more, so
 * what stands beside such a mark is compared with the beginnings and ends of secrets.
 */
import type { SecretForm } from './redact-forms.ts';

export interface CutMatch {
  start: number;
  end: number;
  form: SecretForm;
  /** Which characters of the form: from, and up to. */
  from: number;
  to: number;
}

const MARK = /\u2026|\.{3}/g;
/** Shorter pieces say nothing of a secret, and are in many texts by chance. */
const SHORTEST_PIECE = 4;
/** Messages are short; in what programs put out, an ellipsis is no cut of ours. */
const LONGEST_MESSAGE = 16_384;

/** Pieces of secrets right before or right after a mark, the longest of each place. */
export function findCuts(text: string, forms: readonly SecretForm[]): CutMatch[] {
  if (text.length > LONGEST_MESSAGE) return [];
  const found: CutMatch[] = [];
  let start: number | undefined;
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    const end = skipBack(text, index);
    const middle = start === undefined ? undefined : middleOf(text, start, end, forms);
    const before = middle ?? beginningAt(text, end, forms);
    if (before !== undefined) found.push(before);
    start = skipOn(text, index + mark.length);
    const after = endAt(text, start, forms);
    if (after !== undefined) found.push(after);
  }
  return found;
}

/** What stands between two marks, when a secret has it in its midst. */
function middleOf(
  text: string,
  start: number,
  end: number,
  forms: readonly SecretForm[],
): CutMatch | undefined {
  if (end - start < SHORTEST_PIECE) return undefined;
  const piece = text.slice(start, end);
  for (const form of forms) {
    const from = form.text.indexOf(piece);
    if (from >= 0) return { start, end, form, from, to: from + piece.length };
  }
  return undefined;
}

const isQuote = (char: string | undefined): boolean => char === '"' || char === "'" || char === '`';

/** The mark may stand outside the quotes. */
const skipBack = (text: string, end: number): number => (isQuote(text[end - 1]) ? end - 1 : end);
const skipOn = (text: string, start: number): number => (isQuote(text[start]) ? start + 1 : start);

/** The longest beginning of a secret that ends at `end`. */
function beginningAt(text: string, end: number, forms: readonly SecretForm[]): CutMatch | undefined {
  let best: CutMatch | undefined;
  for (const form of forms) {
    const longest = Math.min(form.text.length - 1, end);
    for (let length = longest; length >= SHORTEST_PIECE && length > lengthOf(best); length--) {
      if (
        form.text[length - 1] === text[end - 1] &&
        text.startsWith(form.text.slice(0, length), end - length)
      )
        best = { start: end - length, end, form, from: 0, to: length };
    }
  }
  return best;
}

/** The longest end of a secret that begins at `start`. */
function endAt(text: string, start: number, forms: readonly SecretForm[]): CutMatch | undefined {
  let best: CutMatch | undefined;
  for (const form of forms) {
    const whole = form.text.length;
    const longest = Math.min(whole - 1, text.length - start);
    for (let length = longest; length >= SHORTEST_PIECE && length > lengthOf(best); length--) {
      if (form.text[whole - length] === text[start] && text.startsWith(form.text.slice(-length), start))
        best = { start, end: start + length, form, from: whole - length, to: whole };
    }
  }
  return best;
}

const lengthOf = (match: CutMatch | undefined): number => (match === undefined ? 0 : match.end - match.start);
