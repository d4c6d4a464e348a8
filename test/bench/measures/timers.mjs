/** Durable timers: many at once, and what one costs in the life of a step. */
import { worker } from '../processes.mjs';
import { compare, median } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function timers({ quick, tiny }) {
  const count = tiny ? 100 : 10_000;
  const items = tiny ? 50 : 2000;
  const { armed, naps, noops } = await worker('timers', [count, items, tiny ? 1 : quick ? 3 : 7]);
  return [
    {
      what: `${count} timers armed and restored: CPU time`,
      ours: median(armed),
      unit: 'ms',
      must: { value: 1000 },
    },
    {
      what: `an item that sleeps for 1 ms, of ${items}: CPU time`,
      ...compare(naps, noops),
      against: 'an item that does nothing',
      unit: 'ms',
    },
  ];
}
