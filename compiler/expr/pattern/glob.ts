/** Glob patterns over paths given as text, by way of the same automaton as `matches`. */
import { LIMITS } from '../limits.ts';
import { LruCache } from '../lru-cache.ts';
import type { Meter } from '../operators.ts';
import { matchesPattern } from './match.ts';
import { invalid } from './parse-pattern.ts';

const cache = new LruCache<string>(LIMITS.cached);

/** Whether the whole path matches. `*` and `?` stop at `/`, `**` does not, names that begin with a dot are like any other. */
export function matchesGlob(path: string, glob: string, meter: Meter): boolean {
  const pattern = cache.get(glob) ?? cache.set(glob, `^(?:${patternOf(glob)})$`);
  return matchesPattern(path, pattern, 's', meter);
}

function patternOf(glob: string): string {
  let pattern = '';
  let braces = 0;
  for (let at = 0; at < glob.length; ) {
    const rest = glob.slice(at);
    const [piece, length] = pieceOf(rest, glob.charAt(at - 1), braces);
    if (rest.startsWith('{')) braces++;
    if (rest.startsWith('}') && braces > 0) braces--;
    pattern += piece;
    at += length;
  }
  if (braces > 0) throw invalid('a "{" is never closed');
  return pattern;
}

/** The pattern for the first piece of the glob, and how long that piece is. */
function pieceOf(rest: string, before: string, braces: number): [pattern: string, length: number] {
  const isSegmentStart = before === '' || before === '/';
  if (isSegmentStart && rest.startsWith('**/')) return ['(?:.*/)?', 3];
  if (rest.startsWith('**')) return ['.*', 2];
  const set = /^\[(!|\^)?(\]?[^\]/]*)\]/.exec(rest);
  if (set) return [`[${set[1] ? '^/' : ''}${set[2]!.replace(/[\\[\]^&]/g, '\\$&')}]`, set[0].length];
  const first = rest.charAt(0);
  if (first === '*') return ['[^/]*', 1];
  if (first === '?') return ['[^/]', 1];
  if (first === '{') return ['(?:', 1];
  if (first === '}' && braces > 0) return [')', 1];
  if (first === ',' && braces > 0) return ['|', 1];
  if (first === '\\' && rest.length > 1) return [escapeCharacter(rest.charAt(1)), 2];
  return [escapeCharacter(first), 1];
}

function escapeCharacter(char: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
