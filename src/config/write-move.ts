/** Writes the two files of a move: the new home of the keys first, so that a death in between leaves them in both, never in none. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MovedConfig } from './migrate-config.ts';

/** Each file as it was is kept beside it with the ending `.bak`. */
export function writeMove({ from, to }: MovedConfig): void {
  for (const file of [to, from]) {
    mkdirSync(path.dirname(file.path), { recursive: true });
    if (existsSync(file.path)) write(`${file.path}.bak`, file.before);
    write(file.path, file.after);
  }
}

function write(file: string, text: string): void {
  const draft = `${file}.new`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}
