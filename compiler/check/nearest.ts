/** The name the author most likely meant. */
import { closest, distance } from 'fastest-levenshtein';

/** Candidates compared at most; a file with thousands of wrong names must not take quadratic time. */
const MAX_CANDIDATES = 2_000;

/** The candidate within about a third of the name's length, ignoring case; undefined when none is that close. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const list: string[] = [];
  for (const candidate of candidates) {
    if (list.length === MAX_CANDIDATES) break;
    if (candidate !== name) list.push(candidate);
  }
  if (list.length === 0 || name.length > 64) return undefined;
  const found = closest(name, list);
  const squash = (text: string): string => text.toLowerCase().replace(/[-_]/g, '');
  const limit = Math.floor(Math.max(name.length, found.length) / 3);
  const steps = distance(name, found);
  const near =
    steps <= limit || (steps === 2 && sorted(name) === sorted(found)) || squash(name) === squash(found);
  return near ? found : list.find((candidate) => squash(candidate) === squash(name));
}

/** Equal for texts that only differ by letters changing places. */
function sorted(text: string): string {
  return [...text].sort().join('');
}

/** `did you mean "timeout"?`, or undefined. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(name, candidates);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}
