/** The scheduler: what it looks at is what is due, however many runs sleep. */
import { worker } from '../processes.mjs';
import { compare } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function scheduler({ quick, tiny }) {
  const many = tiny ? 20 : 1000;
  const few = tiny ? 2 : 10;
  const due = tiny ? 2 : 10;
  const { found, idle } = await worker('scheduler', [many, few, due, tiny ? 1 : quick ? 3 : 7]);
  const row = { against: `${few} that sleep`, unit: 'ms' };
  return [
    {
      ...row,
      what: `${due} due runs among ${many} that sleep, gone on with: CPU time`,
      ...compare(found.large, found.small),
      must: { ratio: 1.5 },
    },
    { ...row, what: `a look at ${many} runs that sleep: CPU time`, ...compare(idle.large, idle.small) },
  ];
}
