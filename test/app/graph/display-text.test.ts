import { describe, expect, it } from 'vitest';
import { cells, displayWidth, fitted, printable } from '../../../src/app/graph/display-text.ts';

describe('text in boxes', () => {
  it('is one line without control characters and marks that reorder', () => {
    expect(printable(' a\r\n\tb\u202ec\u0000 ')).toBe('a b c');
    expect(printable('\ud800x')).toBe('\ufffdx');
  });

  it('counts two cells for wide characters and emoji, none for combining marks', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('部署')).toBe(4);
    expect(displayWidth('👩‍💻')).toBe(2);
    expect(displayWidth('e\u0301')).toBe(1);
  });

  it('is cut to fit with an ellipsis, never in the middle of a character', () => {
    expect(fitted('abcdef', 4)).toBe('abc…');
    expect(fitted('部署部署', 4)).toBe('部…');
    expect(fitted('abc', 3)).toBe('abc');
  });

  it('takes as many cells as it is wide', () => {
    for (const text of ['plain', '部署 ok', '🚀x']) expect(cells(text)).toHaveLength(displayWidth(text));
  });
});
