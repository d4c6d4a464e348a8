/** Why a hunk has no place: what it expected, what the file has at the nearest place, and whether it seems to be done. */
import type { StepFailure } from '../../../kernel/failure.ts';
import { type Run, type SearchedText, squeezed } from './find-places.ts';
import { type Hunk, misfit } from './hunk.ts';
import { showLine } from './text-lines.ts';

export interface Misfit {
  hunk: Hunk;
  old: Run;
  made: Run;
  text: SearchedText;
  /** Line, from 0, where it says to be. */
  near: number;
  /** `anywhere`, `at the lines it names`. */
  where: string;
}

export function explainMisfit({ hunk, old, made, text, near, where }: Misfit): StepFailure {
  if (old.lines.length === 0) {
    return misfit(
      'PATCH_FAILED',
      hunk,
      hunk.at === undefined
        ? 'makes a new file, but the file has content'
        : 'adds lines without naming those around them; give it lines of context (diff -U3)',
    );
  }
  const done = text.placesOf(made)[0];
  const applied =
    done === undefined || made.lines.length === 0
      ? ''
      : `; its result is at line ${done + 1}: was it applied already?`;
  const places = text.placesOf(old);
  if (places[0] !== undefined && where === 'anywhere') {
    const problem = `fits at line ${places[0] + 1} only, which another hunk before it needs, or which is before that`;
    return misfit('PATCH_FAILED', hunk, problem, { line: places[0] + 1 });
  }
  const place = text.nearest(old, near);
  if (place === undefined)
    return misfit(
      'PATCH_FAILED',
      hunk,
      `does not fit ${where}: the file has none of its lines, such as ${showLine(old.lines[0] ?? '')}${applied}`,
      { expected: old.lines[0] ?? '' },
    );
  if (place < 0)
    return misfit(
      'PATCH_FAILED',
      hunk,
      `does not fit ${where}; nearest is the beginning of the file, where ${showLine(old.lines[0] ?? '')} is missing${applied}`,
      { nearest: 1, line: 1, expected: showLine(old.lines[0] ?? '') },
    );
  const { line, expected, found } = firstDifference(old, text, place);
  return misfit(
    'PATCH_FAILED',
    hunk,
    `does not fit ${where}; nearest is line ${place + 1}, but line ${line} ${difference(expected, found)}${applied}`,
    {
      nearest: place + 1,
      line,
      expected: showLine(expected ?? ''),
      ...(found !== undefined && { found: showLine(found) }),
    },
  );
}

function firstDifference(
  { lines, end }: Run,
  text: SearchedText,
  place: number,
): { line: number; expected: string | undefined; found: string | undefined } {
  const at = lines.findIndex((line, index) => text.lines[place + index] !== line);
  if (at >= 0) return { line: place + at + 1, expected: lines[at], found: text.lines[place + at] };
  // All lines agree: it is the end of the text, or another place than the one that was named.
  return end !== undefined
    ? { line: place + lines.length, expected: undefined, found: undefined }
    : { line: place + 1, expected: undefined, found: lines[0] };
}

function difference(expected: string | undefined, found: string | undefined): string {
  if (expected === undefined && found === undefined)
    return 'is not the last one, or does not end as the hunk says: with a line feed or without';
  if (expected === undefined) return 'is where it does fit';
  if (found === undefined) return `is beyond the end of the file, where it has ${showLine(expected)}`;
  const space = squeezed(expected) === squeezed(found) ? ' (only white space differs)' : '';
  return `is ${showLine(found)}, not ${showLine(expected)}${space}`;
}
