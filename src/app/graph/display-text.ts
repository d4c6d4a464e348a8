/** Text that goes into boxes: made printable, measured in terminal cells, and cut to fit. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Controls, line breaks and marks that reorder text; all become a space. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;
const LONE_SURROGATE = /\p{Cs}/gu;
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const INVISIBLE = /^\p{M}+$/u;

/** One line without control characters. */
export function printable(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd').replace(UNPRINTABLE, ' ').replace(/ {2,}/g, ' ').trim();
}

/** Cells of a terminal that printable text takes: two for wide characters and emoji. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += cellsOf(segment);
  return width;
}

function cellsOf(grapheme: string): number {
  if (WIDE.test(grapheme) || grapheme.includes('\ufe0f')) return 2;
  return INVISIBLE.test(grapheme) ? 0 : 1;
}

/** Printable text of at most `cells` cells, with an ellipsis for what is cut off. */
export function fitted(text: string, cells: number): string {
  const clean = printable(text);
  if (displayWidth(clean) <= cells) return clean;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(clean)) {
    width += cellsOf(segment);
    if (width > cells - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** One cell per entry; the second cell of a wide character is an empty string. */
export function cells(text: string): string[] {
  if (/^[\x20-\x7e]*$/.test(text)) return [...text];
  return [...graphemes.segment(text)].flatMap(({ segment }) =>
    cellsOf(segment) === 2 ? [segment, ''] : [segment],
  );
}
