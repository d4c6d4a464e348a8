/** Makes sure that `dist/cli.js` is what the sources say, once, however many test files want it at the same time. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export const CLI = join(process.cwd(), 'dist/cli.js');
const LOCK = join(tmpdir(), `keystone-build-${process.cwd().replaceAll(/[^a-z0-9]/gi, '-')}`);
/** A build takes seconds; a lock this old belongs to a process that died. */
const STALE_LOCK_MS = 60_000;

export async function ensureBuilt(): Promise<void> {
  while (isStale()) {
    if (takeLock()) {
      try {
        if (isStale()) await promisify(execFile)(process.execPath, ['scripts/build.mjs']);
      } finally {
        rmSync(LOCK, { recursive: true, force: true });
      }
      return;
    }
    await pause(100); // another worker builds
  }
}

function isStale(): boolean {
  if (!existsSync(CLI)) return true;
  const built = statSync(CLI).mtimeMs;
  const sources = ['src', 'compiler', 'machines'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return [...sources, 'package.json', 'scripts/build.mjs'].some((file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.mtimeMs > built;
  });
}

function takeLock(): boolean {
  const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > STALE_LOCK_MS) rmSync(LOCK, { recursive: true, force: true });
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    return false;
  }
}
