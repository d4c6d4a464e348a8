/** Runs the example of a kind as its reader would: through the application, in a folder of its own. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openProject, type RunResult, runWorkflow } from '../../src/app/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { writeExampleConfig } from './example-config.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/steps');

export async function runExample(kind: string, inputs: JsonObject = {}): Promise<RunResult> {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-example-')));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  cpSync(EXAMPLES, cwd, { recursive: true });
  writeExampleConfig(readFileSync(join(cwd, `${kind}.yaml`), 'utf8'), cwd);
  const { config } = loadConfig({ cwd, env: { PATH: process.env.PATH, HOME: cwd } });
  const handle = await runWorkflow(openProject({ cwd, config }), {
    workflow: `./${kind}.yaml`,
    inputs,
    wait: true,
  });
  return handle.result;
}
