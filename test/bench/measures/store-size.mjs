/** A commit must not cost more because the database is large. */
import { worker } from '../processes.mjs';
import { compare } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function storeSize({ quick, tiny }) {
  const megabytes = tiny ? 4 : 100;
  const results = await worker('store-commits', tiny ? [megabytes, 10, 2] : [megabytes, 200, quick ? 4 : 12]);
  return [
    {
      what: `a commit at ${Math.round(results.sizesMb.large)} MB`,
      ...compare(results.large, results.small),
      against: `at ${Math.round(results.sizesMb.small)} MB`,
      unit: 'ms',
      must: { ratio: 1.5 },
    },
  ];
}
