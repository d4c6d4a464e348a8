/** Did you mean … */
import { closest, distance } from 'fastest-levenshtein';

/** The candidate most like `word`; undefined when none is like it. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const best = closest(word, candidates);
  return distance(word.toLowerCase(), best.toLowerCase()) <= Math.max(1, Math.floor(word.length / 3) + 1)
    ? best
    : undefined;
}
