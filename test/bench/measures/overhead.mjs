/** The engine alone: neither processes nor fsync, at three sizes. */
import { worker } from '../processes.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function overhead({ quick, tiny }) {
  const largest = tiny ? 200 : 10_000;
  const sizes = tiny
    ? ['20x1', '200x1']
    : quick
      ? ['100x3', '1000x1', '10000x1']
      : ['100x9', '1000x3', '10000x3'];
  const smallest = tiny ? 20 : 100;
  const rows = [];
  for (const shape of ['chain', 'fan']) {
    const { cold, perStep, cpuPerStep } = await worker('overhead', [shape, ...sizes]);
    rows.push({ what: `engine, ${shape} of 100, cold process`, ours: cold, unit: 'ms/step' });
    for (const [count, ms] of Object.entries(perStep))
      rows.push({
        what: `engine, ${shape} of ${count}`,
        ours: ms,
        unit: 'ms/step',
        must: { value: 0.5 },
        note: `CPU ${cpuPerStep[count].toFixed(2)} ms`,
      });
    rows.push({
      what: `engine, ${shape}: growth of CPU time`,
      ours: cpuPerStep[largest],
      reference: cpuPerStep[smallest],
      ratio: cpuPerStep[largest] / cpuPerStep[smallest],
      against: `${smallest} steps`,
      unit: 'ms/step',
      must: { ratio: 1.5 },
    });
  }
  return rows;
}
