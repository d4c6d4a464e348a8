/** From `paths` to the files of an artifact: found inside the run's folder, named relative to what they have in common. */
import { lstat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { SourceFile } from '../../services/artifacts/artifact-service.ts';
import { type FindOptions, findFiles } from '../../services/files/find-files.ts';
import { codeOf, type GuardOptions, guardPath } from '../../services/files/guarded-path.ts';
import { withFolder } from '../../services/files/held-folder.ts';
import { eachPiece, openRegular } from '../../services/files/open-regular.ts';

export interface CollectOptions {
  /** Of the step; with a `root` also the root is not left. */
  guard: GuardOptions;
  /** Folder that `paths` and the names are relative to; undefined: the run's, and what the paths have in common. */
  root: string | undefined;
  hidden: boolean;
  ifNone: 'fail' | 'skip';
  signal: AbortSignal;
}

/** One of `paths`, as files on the disk. */
interface Matched {
  /** Folder that its names would be relative to if it were alone: absolute. */
  head: string;
  files: readonly { path: string; isLink: boolean }[];
}

/**
 * In the order of their names, each once.
 * @throws {StepFailure} ARTIFACT_EMPTY, ARTIFACT_LINK, OUTSIDE_CWD, INVALID_PATH
 */
export async function collectFiles(paths: readonly string[], options: CollectOptions): Promise<SourceFile[]> {
  const { root, signal } = options;
  const base = (await guardPath(root ?? '.', options.guard)).real;
  const guard = { ...options.guard, cwd: base };
  const included = paths.filter((path) => !path.startsWith('!'));
  if (included.length === 0)
    throw new StepFailure('ARTIFACT_EMPTY', '"paths" only says what is left out, not what is uploaded');
  const ignore = ignored(paths);
  const matches: Matched[] = [];
  for (const written of included) {
    const matched = await match(written, {
      ...guard,
      hidden: options.hidden,
      signal,
      ignore,
      links: true,
    });
    if (matched.files.length > 0) matches.push(matched);
    else if (options.ifNone === 'fail')
      throw new StepFailure(
        'ARTIFACT_EMPTY',
        `"${written}" matches no file below ${base}${options.hidden ? '' : '; hidden files count with "hidden: true" only'}`,
        { details: { path: written } },
      );
  }
  const from = root === undefined ? commonFolder(matches.map(({ head }) => head)) : base;
  const found = new Map<string, string>();
  for (const { path, isLink } of matches.flatMap(({ files }) => files)) {
    if (isLink)
      throw new StepFailure(
        'ARTIFACT_LINK',
        `"${relative(base, path)}" is a symbolic link; upload what it leads to, or leave it out with "!${relative(base, path)}"`,
        { details: { path: relative(base, path) } },
      );
    found.set(relative(from, path).replaceAll(sep, '/'), path);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, path]) => sourceOf(name, path, guard, signal));
}

/** Globs of what is left out; a folder with all it holds. */
const ignored = (paths: readonly string[]): string[] =>
  paths
    .filter((path) => path.startsWith('!'))
    .map((path) => path.slice(1).replace(/^(\.\/)+|\/+$/g, ''))
    .flatMap((path) => [path, `${path}/**`]);

async function match(written: string, search: FindOptions): Promise<Matched> {
  const { escapePath, isDynamicPattern } = await import('tinyglobby');
  const path = resolve(search.cwd, written);
  const info = await lookAt(written, search);
  if (info?.isDirectory()) {
    const folder = escapePath(relative(search.cwd, path).replaceAll(sep, '/') || '.');
    return { head: path, files: await findFiles(`${folder}/**`, search) };
  }
  if (info !== undefined) return { head: dirname(path), files: [{ path, isLink: info.isSymbolicLink() }] };
  if (!isDynamicPattern(written)) return { head: dirname(path), files: [] };
  return { head: headOf(written, search.cwd, isDynamicPattern), files: await findFiles(written, search) };
}

async function lookAt(
  written: string,
  guard: GuardOptions,
): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  const there = await guardPath(written, { ...guard, linkItself: true });
  if (there.real === there.root) return lstat(there.real);
  try {
    return await withFolder(there, dirname(there.real), (held) => lstat(join(held, basename(there.real))));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** The folders of a glob before its first part that is one. */
function headOf(pattern: string, base: string, isDynamic: (text: string) => boolean): string {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => isDynamic(part) || /[{(]/.test(part));
  return resolve(base, parts.slice(0, first).join('/') || (isAbsolute(pattern) ? '/' : '.'));
}

function commonFolder(folders: readonly string[]): string {
  const [first = '/', ...others] = folders;
  const parts = first.split(sep);
  for (const other of others) {
    const its = other.split(sep);
    const differs = parts.findIndex((part, index) => part !== its[index]);
    if (differs >= 0) parts.length = differs;
  }
  return parts.join(sep) || sep;
}

function sourceOf(name: string, path: string, guard: GuardOptions, signal: AbortSignal): SourceFile {
  return {
    path: name,
    read: async (visit) => {
      const file = await openRegular(await guardPath(path, guard));
      try {
        const { mode } = await file.stat();
        await eachPiece(file, signal, visit);
        return { executable: (mode & 0o100) !== 0 };
      } finally {
        await file.close();
      }
    },
  };
}
