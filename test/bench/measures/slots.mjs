/** A slot is given to the next of those who wait for it, however many they are. */
import { worker } from '../processes.mjs';
import { compare } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function slots({ quick, tiny }) {
  const sizes = tiny ? [10, 100, 1000] : [1000, 10_000, 100_000];
  const rounds = tiny ? 1 : quick ? 5 : 15;
  const times = await worker(
    'slots',
    sizes.map((size) => `${size}x${rounds}`),
  );
  const [few, ...more] = sizes;
  // Ten times as many waiters are one and a third as many levels of a heap.
  return more.map((size, at) => ({
    what: `a slot for one of ${size} waiting steps`,
    ...compare(times[`w${size}`], times[`w${few}`]),
    against: `${few} waiting`,
    unit: 'µs',
    must: { ratio: at === 0 ? 1.5 : 2 },
  }));
}
