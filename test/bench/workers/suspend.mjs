/** Makes a run with many settled steps that waits for a timer. Arguments: folder, shape, steps. */
import { runWorkflow } from '../../../dist/index.js';
import { suspending } from '../projects.mjs';
import { openBenchProject } from './run-once.mjs';

const [folder, shape, count] = process.argv.slice(2);
const project = await openBenchProject('normal', folder);
const handle = await runWorkflow(project, {
  workflow: 'bench',
  source: suspending(shape, Number(count)),
  wait: false,
});
const { runId, status } = await handle.result;
if (status !== 'suspended') throw new Error(`run ended ${status}`);
process.stdout.write(JSON.stringify({ runId }));
