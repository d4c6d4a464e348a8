/** A process to be killed: runs a workflow of real commands whose effects are lines in files, or goes on with a run. */
import { open, resumeRun, runWorkflow } from '../../src/index.ts';

const [cwd = '.', what = 'run', runId = ''] = process.argv.slice(2);
const project = await open({ cwd });
const run =
  what === 'run'
    ? await runWorkflow(project, { workflow: './killed.yaml', wait: true })
    : await resumeRun(project, runId, { wait: true });
process.stdout.write(`${JSON.stringify({ runId: run.runId })}\n`);
run.subscribe((event) => process.stdout.write(`${JSON.stringify({ type: event.type, path: event.path })}\n`));
process.stdout.write(`${JSON.stringify({ result: await run.result })}\n`);
