/** Starts whole processes and measures them: wall clock, and CPU time where the system tells (Linux). */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICK_MS = 10; // of /proc/…/stat: USER_HZ is 100 on all that Node runs on

/** CPU time of all children that have ended, theirs included, in ms; undefined where there is no /proc. */
function childrenCpuMs() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, capture?: boolean, stdin?: string }} [options]
 * @returns {Promise<{ ms: number, cpuMs?: number, stdout: string }>}
 * @throws when it does not exit with 0
 */
export function timed(command, args, { cwd, env, capture = false, stdin } = {}) {
  const cpuBefore = childrenCpuMs();
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', capture ? 'pipe' : 'ignore', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-4000);
    });
    if (stdin !== undefined) child.stdin.end(stdin);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const ms = performance.now() - start;
      if (code !== 0) {
        reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}\n${stderr}`));
        return;
      }
      const cpuAfter = childrenCpuMs();
      resolve({ ms, stdout, ...(cpuAfter !== undefined && { cpuMs: cpuAfter - cpuBefore }) });
    });
  });
}

/** Runs a worker of this folder in a process of its own and reads the JSON it prints. */
export async function worker(name, args = [], options = {}) {
  const { nodeOptions = [], ...rest } = options;
  const file = new URL(`./workers/${name}.mjs`, import.meta.url).pathname;
  const { stdout } = await timed(process.execPath, [...nodeOptions, file, ...args.map(String)], {
    ...rest,
    capture: true,
  });
  return JSON.parse(stdout);
}

/** Whether a program can be started at all. */
export async function exists(command, args = ['--version']) {
  return timed(command, args).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
}
