/** Durable steps that do nothing: what a commit costs, beside the same SQLite as native code. */
import { worker } from '../processes.mjs';
import { compare } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function durableSteps({ quick, tiny }) {
  const count = tiny ? 20 : 1000;
  const rounds = tiny ? 1 : quick ? 2 : 5;
  const rows = [];
  for (const [shape, words, ratio] of [
    ['chain', 'one after another', 6],
    ['fan', 'at once', 3.5],
  ]) {
    const { cold, warm, syncsPerStep } = await worker('durable-steps', [shape, count, rounds]);
    const row = {
      what: `${count} durable steps ${words}`,
      against: 'better-sqlite3 insert',
      unit: 'ms/step',
    };
    rows.push(
      { ...row, ...compare(warm.ours, warm.references), must: { ratio } },
      { ...row, what: `${row.what}, cold process`, ...cold, ratio: cold.ours / cold.reference },
      // One for a step; the tenth is for checkpoints, of which each needs two.
      { what: `${row.what}: fsyncs`, ours: syncsPerStep, unit: 'per step', must: { value: 1 } },
    );
  }
  return rows;
}
