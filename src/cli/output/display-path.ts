/** Paths as people read them. */
import { isAbsolute, relative } from 'node:path';

/** Relative to `cwd` when it lies below it. */
export function displayPath(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file;
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') ? file : path;
}
