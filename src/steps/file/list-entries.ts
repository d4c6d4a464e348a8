/** Listing a folder, or what a glob matches, sorted, as paths the next file step can use. */
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { findFiles } from '../../services/files/find-files.ts';
import { guardPath } from '../../services/files/guarded-path.ts';
import { withFolder } from '../../services/files/held-folder.ts';

export interface ListOptions {
  cwd: string;
  allowOutsideCwd: boolean;
  signal: AbortSignal;
}

/**
 * A folder gives its direct entries, hidden ones included; a glob gives the files it matches, hidden ones only when named.
 * Links to folders are not followed. Paths are relative to `cwd` (absolute when written so), with `/`, in code-unit order.
 */
export async function listEntries(written: string, options: ListOptions): Promise<string[]> {
  const { isDynamicPattern } = await import('tinyglobby');
  if (isDynamicPattern(written) && !(await isFolder(resolve(options.cwd, written)))) {
    const found = await findFiles(written, options);
    return found.map(({ path }) => present(path, written, options.cwd)).sort();
  }
  const folder = await guardPath(written, options);
  const names = await withFolder(folder, folder.real, (held) => readdir(held));
  return names.map((name) => present(resolve(options.cwd, written, name), written, options.cwd)).sort();
}

/** A folder may well be called `[slug]`. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function present(absolute: string, written: string, cwd: string): string {
  const path = isAbsolute(written) ? absolute : relative(cwd, absolute);
  return sep === '/' ? path : path.replaceAll(sep, '/');
}
