/**
 * A scheduler that finds a few due runs among many that sleep, beside one that finds as many among few.
 * Arguments: sleeping runs of the large project, of the small one, due runs a round, rounds.
 */
import { runScheduler, runWorkflow } from '../../../dist/index.js';
import { interleave } from '../statistics.mjs';
import { openBenchProject } from './run-once.mjs';

const [many, few, due, rounds] = process.argv.slice(2).map(Number);
const source = (duration) =>
  `name: bench\nsteps:\n  - { id: nap, type: sleep, duration: ${duration} }\n  - { id: after, type: noop, needs: [nap] }\n`;

async function asleep(project, count, duration) {
  for (let run = 0; run < count; run++) {
    const handle = await runWorkflow(project, { workflow: 'bench', source: source(duration), wait: false });
    const { status } = await handle.result;
    if (status !== 'suspended') throw new Error(`run ended ${status}`);
  }
}

/** CPU time until all that is due has ended, in ms. */
async function lookMs(project, expected) {
  const before = process.cpuUsage();
  const count = await runScheduler(project, { once: true });
  const { user, system } = process.cpuUsage(before);
  if (count !== expected) throw new Error(`${count} runs were gone on with, not ${expected}`);
  return (user + system) / 1000;
}

const large = await openBenchProject('normal');
const small = await openBenchProject('normal');
await asleep(large, many, '9h');
await asleep(small, few, '9h');
const round = (project) => async () => {
  // Shorter than a suspension is worth, or the run would stay.
  await asleep(project, due, '300ms');
  await new Promise((resolve) => setTimeout(resolve, 350));
  const found = await lookMs(project, due);
  return { found, idle: await lookMs(project, 0) };
};
await round(small)();
await round(large)();
const results = await interleave(rounds, { large: round(large), small: round(small) });
const only = (name) =>
  Object.fromEntries(Object.entries(results).map(([key, of]) => [key, of.map((each) => each[name])]));
process.stdout.write(JSON.stringify({ found: only('found'), idle: only('idle') }));
