/** Ending a whole process group: TERM, a grace period, KILL. Members that only wait to be reaped do not count as alive. */
import { readdirSync, readFileSync } from 'node:fs';
import { systemClock } from '../../kernel/clock.ts';

export const DEFAULT_GRACE_MS = 5000;
/** How often a group that was told to end is looked at. */
const POLL_MS = 15;
/** After SIGKILL only a process in uninterruptible sleep is left; nobody can do more about it. */
const AFTER_KILL_MS = 2000;

export interface EndOptions {
  /** Between SIGTERM and SIGKILL, in milliseconds; 0 sends SIGKILL at once. @default 5000 */
  graceMs?: number;
}

/** Sends a signal to every member. @returns false when there is no such group (any more). */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? pgid : -pgid, signal);
    return true;
  } catch (error) {
    // EPERM: the group exists, some member belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether the group still has a member that runs. On Linux zombies are told apart; elsewhere they count until reaped. */
export function isGroupAlive(pgid: number): boolean {
  if (!signalGroup(pgid, 0)) return false;
  if (process.platform !== 'linux') return true;
  return listProcesses().some((entry) => entry.pgid === pgid && !entry.dead);
}

export type GroupEnd = 'gone' | 'terminated' | 'killed' | 'stuck';

/**
 * Ends all members of a process group and waits until they are gone.
 * @returns `gone` when there was none, `terminated` after SIGTERM, `killed` after SIGKILL, `stuck` when even that did not do it.
 */
export async function killProcessGroup(pgid: number, options: EndOptions = {}): Promise<GroupEnd> {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  if (!isOthersGroup(pgid) || !isGroupAlive(pgid)) return 'gone';
  if (graceMs > 0) {
    signalGroup(pgid, 'SIGTERM');
    // A stopped process would not see the TERM.
    signalGroup(pgid, 'SIGCONT');
    if (await endsWithin(() => isGroupAlive(pgid), graceMs)) return 'terminated';
  }
  signalGroup(pgid, 'SIGKILL');
  return (await endsWithin(() => isGroupAlive(pgid), AFTER_KILL_MS)) ? 'killed' : 'stuck';
}

/** Polls until `alive` says no. @returns false when the time is over first. */
export async function endsWithin(alive: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = systemClock.monotonic() + limitMs;
  while (alive()) {
    if (systemClock.monotonic() >= deadline) return false;
    await new Promise<void>((resolve) => systemClock.after(POLL_MS, resolve));
  }
  return true;
}

/** Guards against the numbers that mean "everybody" or "us" to kill(2). */
function isOthersGroup(pgid: number): boolean {
  return Number.isInteger(pgid) && pgid > 1 && pgid !== process.pid;
}

export interface ProcessEntry {
  pid: number;
  pgid: number;
  /** Clock ticks since boot; with the pid it names a process for good. */
  startTicks: number;
  /** A zombie, or about to be one. */
  dead: boolean;
}

/** All processes, from /proc (Linux only). Those that vanish meanwhile are left out. */
export function listProcesses(): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = readProcess(pid);
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

function readProcess(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // "pid (comm) state ppid pgrp …": comm may hold spaces and parentheses, so count from the last one.
  const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    pgid: Number(rest[2]),
    startTicks: Number(rest[19]),
    dead: rest[0] === 'Z' || rest[0] === 'X',
  };
}
