/**
 * What an owner that died (kill -9) left running. Every child carries KEYSTONE_ATTEMPT in its environment, so on Linux all
 * descendants are found by it, whatever group or session they moved to, and a reused pid can never be mistaken for one.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { DEFAULT_GRACE_MS, type EndOptions, endsWithin, listProcesses } from './process-group.ts';

export interface InterruptedAttempt {
  attemptId: string;
  /** Only processes of this start of the attempt; absent: of all its starts, as a crash repeats an attempt under the same id. */
  startId?: string;
  /** Process group recorded when the attempt began; used where environments cannot be read. */
  processGroup?: number;
  /** Wall clock of that beginning in ms; without it a recorded group is not trusted where environments cannot be read. */
  startedAt?: number;
}

export interface Orphan {
  attemptId: string;
  pid: number;
  pgid: number;
}

/** A leader is forked within moments of the attempt's record; `ps` says whole seconds. */
const LATEST_START_MS = 30_000;

/** Processes of these attempts that still run. Never this process itself. */
export async function findOrphans(attempts: readonly InterruptedAttempt[]): Promise<Orphan[]> {
  if (attempts.length === 0) return [];
  return process.platform === 'linux' ? findByEnvironment(attempts) : findByGroup(attempts);
}

/**
 * Ends all processes of these attempts: TERM, grace, KILL, looking again for children born meanwhile.
 * @returns the processes that were found at first.
 */
export async function endOrphans(
  attempts: readonly InterruptedAttempt[],
  options: EndOptions = {},
): Promise<Orphan[]> {
  const first = await findOrphans(attempts);
  if (first.length === 0) return first;
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  if (graceMs > 0) {
    signalAll(first, 'SIGTERM');
    if (await endsWithin(() => first.some(isRunning), graceMs)) return first;
  }
  for (let round = 0; round < 20; round++) {
    const left = await findOrphans(attempts);
    if (left.length === 0) break;
    signalAll(left, 'SIGKILL');
    await endsWithin(() => left.some(isRunning), 500);
  }
  return first;
}

function signalAll(orphans: readonly Orphan[], signal: NodeJS.Signals): void {
  for (const { pid } of orphans) {
    try {
      process.kill(pid, signal);
      if (signal === 'SIGTERM') process.kill(pid, 'SIGCONT');
    } catch {
      // Gone by itself.
    }
  }
}

function isRunning({ pid }: Orphan): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX]/s.test(readOr(`/proc/${pid}/stat`));
}

function findByEnvironment(attempts: readonly InterruptedAttempt[]): Orphan[] {
  const wanted = new Map(attempts.map((attempt) => [attempt.attemptId, attempt.startId]));
  const processes = listProcesses().filter((entry) => !entry.dead && entry.pid !== process.pid);
  const byGroup = new Map<number, string>();
  const found = new Map<number, Orphan>();
  for (const { pid, pgid } of processes) {
    const environment = readOr(`/proc/${pid}/environ`);
    const attemptId = variable(environment, 'KEYSTONE_ATTEMPT');
    if (attemptId === undefined || !wanted.has(attemptId)) continue;
    const startId = wanted.get(attemptId);
    if (startId !== undefined && variable(environment, 'KEYSTONE_START') !== startId) continue;
    found.set(pid, { attemptId, pid, pgid });
    byGroup.set(pgid, attemptId);
  }
  // Members of such a group that wiped their environment (`env -i …`) belong to it all the same.
  const ours = listProcesses().find((entry) => entry.pid === process.pid)?.pgid;
  for (const { pid, pgid } of processes) {
    const attemptId = byGroup.get(pgid);
    if (attemptId !== undefined && pgid !== ours && !found.has(pid)) found.set(pid, { attemptId, pid, pgid });
  }
  return [...found.values()];
}

function variable(environment: string, name: string): string | undefined {
  const prefix = `${name}=`;
  const at = environment.startsWith(prefix) ? 0 : environment.indexOf(`\0${prefix}`) + 1;
  if (at === 0 && !environment.startsWith(prefix)) return undefined;
  const end = environment.indexOf('\0', at);
  return environment.slice(at + prefix.length, end === -1 ? undefined : end);
}

/** Empty when the process is gone or belongs to somebody else. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Members of the recorded groups, provided the group was born when the attempt began: a reused number is not touched. */
export async function findByGroup(attempts: readonly InterruptedAttempt[]): Promise<Orphan[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,pgid=,lstart='], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const rows = stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.+)$/.exec(line);
    return match ? [{ pid: Number(match[1]), pgid: Number(match[2]), startedAt: Date.parse(match[3]!) }] : [];
  });
  return attempts.flatMap(({ attemptId, processGroup, startedAt }) => {
    const members = rows.filter((row) => row.pgid === processGroup && row.pid !== process.pid);
    const oldest = Math.min(...members.map((row) => row.startedAt));
    const since = startedAt === undefined ? Number.NaN : oldest - startedAt;
    if (!(since >= -1000 && since <= LATEST_START_MS)) return [];
    return members.map(({ pid, pgid }) => ({ attemptId, pid, pgid }));
  });
}
