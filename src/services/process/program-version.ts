/** What a program says of its version. */
import { spawnSync } from 'node:child_process';

const ANSWER_MS = 5000;

/** Its first line; empty when it says nothing in time. */
export function programVersion(command: string): string {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: ANSWER_MS });
  return (stdout ?? '').split('\n')[0]?.trim() ?? '';
}
