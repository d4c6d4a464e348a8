/** Child processes for crash tests: bundled once, because starting TypeScript anew for each would take a second. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The full harness runs for minutes; the sample for seconds. */
export const FULL = process.env.KEYSTONE_FULL === '1';

export const TIMEOUT_MS = FULL ? 1_200_000 : 60_000;

/** Bundles `entry`, a file beside this one, into `folder` and gives the path to run. */
export async function bundleChild(entry: string, folder: string): Promise<string> {
  const outfile = join(folder, 'child.mjs');
  await build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    logLevel: 'error',
  });
  copyFileSync(
    createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'),
    join(folder, 'sql-wasm.wasm'),
  );
  return outfile;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Child {
  process: ChildProcess;
  ended: Promise<Ended>;
}

const running = new Set<ChildProcess>();

/** For `afterAll`: a test that failed may have left children at work. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

export function startChild(script: string, args: readonly string[]): Child {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { process: child, ended };
}
