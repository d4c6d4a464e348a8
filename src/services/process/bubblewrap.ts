/** Commands in a sandbox of bubblewrap: what they may write, and whether they have a network. They read what keystone can read. */
import { spawnSync } from 'node:child_process';

export interface SandboxLimits {
  /** Folders and files that stay writable. Absolute. */
  writable: readonly string[];
  network: boolean;
  /** Where the command is run; absolute. */
  cwd: string;
  /** Below `cwd`, but not writable even where that is; may be missing. Absolute. */
  protect: readonly string[];
}

/** How long a look at whether it works may take, in ms. */
const PROBE_MS = 5000;

interface Found {
  program: string;
  /** Why it cannot be used, by whether the network is to be cut off. */
  problems: Map<boolean, string | undefined>;
}

/** Looked for once in a process. */
let found: Found | { missing: true } | undefined;

/**
 * Why a sandbox cannot be had on this machine; undefined when it can. Being installed is not enough: containers and hardened
 * systems often allow no namespaces. The first call starts a process.
 */
export function sandboxProblem(network: boolean): string | undefined {
  found ??= look();
  if ('missing' in found) return 'bubblewrap (the program bwrap) is not installed';
  const { program, problems } = found;
  if (!problems.has(network)) problems.set(network, probe(program, network));
  return problems.get(network);
}

/** The same command in a sandbox. Only when {@link sandboxProblem} finds none. */
export function sandboxed(
  line: { command: string; args: readonly string[] },
  { writable, network, cwd, protect }: SandboxLimits,
): { command: string; args: string[] } {
  const program = found !== undefined && 'program' in found ? found.program : 'bwrap';
  const args = [
    ...isolation(network),
    // The private /tmp may have hidden it.
    ...['--ro-bind', cwd, cwd],
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...protect.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--chdir', cwd],
    '--',
    line.command,
    ...line.args,
  ];
  return { command: program, args };
}

/** Not `--die-with-parent`, which would take from a script the time to end that `gracePeriod` gives it. */
function isolation(network: boolean): string[] {
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...['--unshare-user-try', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
    ...(network ? [] : ['--unshare-net']),
    ...['--cap-drop', 'ALL'],
  ];
}

function look(): Found | { missing: true } {
  const { stdout } = spawnSync('/bin/sh', ['-c', 'command -v bwrap'], {
    encoding: 'utf8',
    timeout: PROBE_MS,
  });
  const program = stdout?.trim() ?? '';
  return program.startsWith('/') ? { program, problems: new Map() } : { missing: true };
}

function probe(program: string, network: boolean): string | undefined {
  const { status, stderr, error } = spawnSync(program, [...isolation(network), '--', '/bin/sh', '-c', ':'], {
    encoding: 'utf8',
    timeout: PROBE_MS,
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? (stderr.trim().split('\n')[0] || `it ended with ${status}`);
  return `bubblewrap does not work here: ${reason}`;
}
