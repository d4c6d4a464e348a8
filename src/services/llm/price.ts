/** What a turn costs. */
import type { Usage } from './chat.ts';

/** Per million tokens. */
export interface Price {
  input: number;
  cached?: number;
  output: number;
}

/** Undefined when no pattern fits the model. */
export function costOf(
  model: string,
  usage: Usage,
  prices: Readonly<Record<string, Price>>,
): number | undefined {
  const pattern = longestMatch(model, Object.keys(prices));
  const price = pattern === undefined ? undefined : prices[pattern];
  if (price === undefined) return undefined;
  const fresh = Math.max(0, usage.input - usage.cachedInput);
  return (
    (fresh * price.input + usage.cachedInput * (price.cached ?? price.input) + usage.output * price.output) /
    1_000_000
  );
}

/** `*` stands for anything; of several patterns that fit, the longest. */
export function longestMatch(name: string, patterns: readonly string[]): string | undefined {
  return patterns
    .filter((pattern) => toRegExp(pattern).test(name))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

const toRegExp = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.+?()[\]{}|/-]/g, String.raw`\$&`))
      .join('.*')}$`,
  );
