/** Listing a folder, or what a glob matches, sorted, as paths the next file step can use. */
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { assertFolderInside, type GuardedPath, guardPath } from './guarded-path.ts';

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
  if (!isDynamicPattern(written) || (await isFolder(resolve(options.cwd, written)))) {
    return listFolder(written, await guardPath(written, options), options.cwd);
  }
  return listMatches(written, options);
}

/** A folder may well be called `[slug]`. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function listFolder(written: string, path: GuardedPath, cwd: string): Promise<string[]> {
  const names = await readdir(path.real);
  await assertFolderInside(path, path.real);
  return names.map((name) => present(resolve(cwd, written, name), written, cwd)).sort();
}

async function listMatches(written: string, options: ListOptions): Promise<string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  // The parts before the first glob decide where the search begins; that must be inside.
  const parts = written.split('/');
  const first = parts.findIndex((part) => isDynamicPattern(part) || /[{(]/.test(part));
  const head = parts.slice(0, first).join('/') || (isAbsolute(written) ? '/' : '.');
  const start = await guardPath(head, options);
  const found = await glob([parts.slice(first).join('/')], {
    cwd: start.real,
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: false,
    expandDirectories: false,
    signal: options.signal,
  });
  const results: string[] = [];
  for (const path of found) {
    // `*/../../x` may leave the folder after all, and a matched link may lead out of it.
    const inside = await guardPath(path, options).catch(() => undefined);
    if (inside === undefined) continue;
    results.push(present(resolve(options.cwd, head, relative(start.real, path)), written, options.cwd));
  }
  return results.sort();
}

function present(absolute: string, written: string, cwd: string): string {
  const path = isAbsolute(written) ? absolute : relative(cwd, absolute);
  return sep === '/' ? path : path.replaceAll(sep, '/');
}
