/** A question as a query of FTS4: its words, any of which will do. */

/** More words than these say nothing more about what is meant, and cost time. */
const MAX_WORDS = 64;

/** Undefined when there is no word in it. */
export function wordQuery(question: string): string | undefined {
  const words = new Set(question.toLowerCase().match(/[\p{L}\p{N}]+/gu));
  if (words.size === 0) return undefined;
  return [...words]
    .slice(0, MAX_WORDS)
    .map((word) => `"${word}"`)
    .join(' OR ');
}
