/** A foreach over very many items: linear in time, bounded in memory. */
import { worker } from '../processes.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function foreachItems({ quick, tiny }) {
  const many = tiny ? 1000 : quick ? 20_000 : 100_000;
  const few = many / 10;
  const small = await worker('foreach', [few, 50]);
  const large = await worker('foreach', [many, 50]);
  return [
    {
      what: `foreach, ${many} items, window 50`,
      ours: large.ms / many,
      reference: small.ms / few,
      ratio: large.ms / many / (small.ms / few),
      against: `${few} items`,
      unit: 'ms/item',
      note: `CPU ${(large.cpuMs / many).toFixed(2)} ms`,
      must: { ratio: 1.5 },
    },
    { what: `foreach, ${many} items: memory`, ours: large.maxRssMb, unit: 'MB', must: { value: 400 } },
  ];
}
