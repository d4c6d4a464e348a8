/** The files a glob matches inside the run's folder. Nothing of another folder shows, whatever is swapped meanwhile. */
import { type Dirent, readdir } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import { codeOf, type GuardedPath, type GuardOptions, guardPath } from './guarded-path.ts';
import { withFolder } from './held-folder.ts';

export interface FoundFile {
  /** Absolute, below `cwd` as it was given (or wherever an absolute glob begins). */
  path: string;
  /** A symbolic link, wherever it leads. */
  isLink: boolean;
}

export interface FindOptions extends Omit<GuardOptions, 'linkItself'> {
  signal: AbortSignal;
  /** Globs of what is left out, relative to `cwd`. */
  ignore?: readonly string[];
  /** Finds hidden files without naming them. @default false */
  hidden?: boolean;
  /** Finds links, too; itself it follows none. @default false */
  links?: boolean;
}

/**
 * Hidden files only when named; links are left out unless they are asked for. Sorted by code units.
 * @throws {StepFailure} OUTSIDE_CWD when the search would begin outside.
 */
export async function findFiles(pattern: string, options: FindOptions): Promise<FoundFile[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  // The parts before the first glob decide where the search begins; that must be inside.
  const parts = pattern.split('/');
  const dynamic = parts.findIndex((part) => isDynamicPattern(part) || /[{(]/.test(part));
  const first = dynamic < 0 ? parts.length - 1 : dynamic;
  const head = parts.slice(0, first).join('/') || (isAbsolute(pattern) ? '/' : '.');
  const start = await guardPath(head, options);
  // What is ignored is so from `cwd` on; else the search begins where the guard has looked.
  const fromCwd = options.ignore !== undefined;
  const found = await glob([fromCwd ? pattern : parts.slice(first).join('/')], {
    cwd: fromCwd ? await realpath(options.cwd) : start.real,
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: false,
    expandDirectories: false,
    dot: options.hidden ?? false,
    ignore: [...(options.ignore ?? [])],
    signal: options.signal,
    ...(options.links && { fs: { readdir: Object.assign(readWithLinks, readdir) } }),
  });
  const inside = await keepInside(start, found, options);
  return inside
    .map(({ path, isLink }) => ({
      path: fromCwd ? path : resolve(options.cwd, head, relative(start.real, path)),
      isLink,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The library leaves links out when it does not follow them: here they pass as files. */
function readWithLinks(
  folder: string,
  options: { withFileTypes: true },
  done: (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void,
): void {
  readdir(folder, options, (error, entries) => {
    for (const entry of entries ?? []) {
      if (!entry.isSymbolicLink()) continue;
      entry.isSymbolicLink = () => false;
      entry.isFile = () => true;
    }
    done(error, entries);
  });
}

/** A pattern with `..` may leave the folder after all, and a folder may have been swapped for a link during the search. */
async function keepInside(
  start: GuardedPath,
  found: readonly string[],
  options: FindOptions,
): Promise<FoundFile[]> {
  const byFolder = new Map<string, string[]>();
  for (const path of found) {
    const siblings = byFolder.get(dirname(path)) ?? [];
    siblings.push(path);
    byFolder.set(dirname(path), siblings);
  }
  const kept: FoundFile[] = [];
  for (const [folder, paths] of byFolder) {
    options.signal.throwIfAborted();
    await withFolder(start, folder, async (held) => {
      for (const path of paths) {
        const info = await lstat(join(held, basename(path))).catch(() => undefined);
        const isLink = info?.isSymbolicLink() ?? false;
        if (info?.isFile() || (isLink && options.links)) kept.push({ path, isLink });
      }
    }).catch(ignoreGone);
  }
  return kept;
}

/** The folder went away, or is another one by now. */
function ignoreGone(error: unknown): void {
  if (error instanceof StepFailure && error.code === 'OUTSIDE_CWD') return;
  if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) throw error;
}
