/** Cost of the engine itself: in-process steps, no fsync. Arguments: shape, then pairs of `<steps>x<rounds>`. */
import { chain, independent } from '../projects.mjs';
import { median } from '../statistics.mjs';
import { runOnce } from './run-once.mjs';

const [shape, ...sizes] = process.argv.slice(2);
const sourceOf = shape === 'chain' ? chain : independent;
const measure = async (count) => {
  const { ms, cpuMs } = await runOnce(sourceOf(count), { durability: 'normal' });
  return { ms: ms / count, cpuMs: cpuMs / count };
};

const cold = await measure(100);
await measure(1000);
await measure(1000);
const perStep = {};
const cpuPerStep = {};
for (const size of sizes) {
  const [count, rounds] = size.split('x').map(Number);
  const values = [];
  for (let round = 0; round < rounds; round++) values.push(await measure(count));
  perStep[count] = median(values.map((value) => value.ms));
  cpuPerStep[count] = median(values.map((value) => value.cpuMs));
}
process.stdout.write(JSON.stringify({ cold: cold.ms, perStep, cpuPerStep }));
