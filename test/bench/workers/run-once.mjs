/** Runs one workflow of in-process steps of an open project and says what it cost. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open, runWorkflow } from '../../../dist/index.js';
import { noop, temporaryFolder } from '../projects.mjs';

/** @param {'full' | 'normal'} durability */
export async function openBenchProject(durability, cwd = temporaryFolder()) {
  mkdirSync(join(cwd, '.keystone'), { recursive: true });
  writeFileSync(join(cwd, '.keystone/config.yaml'), `storage: { durability: ${durability} }\n`);
  return open({ cwd, kinds: [noop] });
}

/**
 * From the moment the run is recorded to its result, in a project of its own; compiling is not in it.
 * @returns {Promise<{ ms: number, cpuMs: number }>}
 */
export async function runOnce(source, { durability, inputs }) {
  const project = await openBenchProject(durability);
  const handle = await runWorkflow(project, { workflow: 'bench', source, ...(inputs && { inputs }) });
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const result = await handle.result;
  const ms = performance.now() - start;
  if (result.status !== 'success')
    throw new Error(`run ended ${result.status}: ${JSON.stringify(result.error)}`);
  const { user, system } = process.cpuUsage(cpuStart);
  return { ms, cpuMs: (user + system) / 1000 };
}
