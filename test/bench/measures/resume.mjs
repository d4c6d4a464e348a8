/** Coming back to a run with many settled steps: from the start of the process to its first new step. */
import { worker } from '../processes.mjs';
import { temporaryFolder } from '../projects.mjs';
import { median } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function resume({ quick, tiny }) {
  const count = tiny ? 50 : 10_000;
  const rows = [];
  for (const shape of ['chain', 'fan']) {
    const times = [];
    for (let round = 0; round < (quick || tiny ? 1 : 3); round++) {
      const folder = temporaryFolder();
      const { runId } = await worker('suspend', [folder, shape, count]);
      await new Promise((resolve) => setTimeout(resolve, 400)); // past the sleep, which must not be part of it
      const startedAt = Number(process.hrtime.bigint()) / 1e6;
      times.push((await worker('resume', [folder, runId, startedAt])).firstMs);
    }
    rows.push({
      what: `resume after a ${shape} of ${count} settled steps`,
      ours: median(times),
      unit: 'ms',
      must: { value: 1500 },
    });
  }
  return rows;
}
