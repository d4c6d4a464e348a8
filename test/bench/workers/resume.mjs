/** Resumes a run. Arguments: folder, run id, when this process was started (ms of the system's monotonic clock). */
import { resumeRun } from '../../../dist/index.js';
import { openBenchProject } from './run-once.mjs';

const [folder, runId, startedAt] = process.argv.slice(2);
const project = await openBenchProject('normal', folder);
const handle = await resumeRun(project, runId, { wait: true });
let firstMs;
handle.subscribe((event) => {
  if (event.type === 'step.started' && event.step === 'after')
    firstMs ??= Number(process.hrtime.bigint()) / 1e6 - Number(startedAt);
});
const { status } = await handle.result;
if (status !== 'success' || firstMs === undefined) throw new Error(`run ended ${status}`);
process.stdout.write(JSON.stringify({ firstMs }));
