/** Medians, and rounds in which everything compared takes its turn, so that a busy moment of the machine meets all of it. */

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value of which nine in ten are not above. @param {readonly number[]} values */
export function percentile90(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.9))];
}

/**
 * Runs every contestant once a round, in turns; the first goes first in even rounds and last in odd ones.
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => T | Promise<T>>} contestants
 * @returns {Promise<Record<string, T[]>>} results by contestant, in order of rounds
 */
export async function interleave(rounds, contestants) {
  const names = Object.keys(contestants);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      results[name].push(await contestants[name]());
    }
  }
  return results;
}

/** Median of ours over the median of the reference, and the median of the ratios of single rounds. */
export function compare(ours, reference) {
  return {
    ours: median(ours),
    reference: median(reference),
    ratio: median(ours.map((value, round) => value / reference[round])),
  };
}
