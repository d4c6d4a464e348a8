/** Names of files in the headers of diffs, and whether one means the file a step is for. */
import { posix } from 'node:path';
import { type FilePatch, invalidPatch } from './hunk.ts';

/**
 * The name after `--- ` or `+++ `: without the time that follows a tab, and unquoted as git quotes.
 * @returns undefined for `/dev/null`.
 */
export function nameInHeader(text: string, line: number): string | undefined {
  const name = text.startsWith('"') ? unquote(text, line) : text.replace(/\t.*$/, '').trimEnd();
  if (name === '') throw invalidPatch(line, 'the name of the file is missing');
  return name === '/dev/null' ? undefined : name;
}

/** Both names of `diff --git a/x b/x`, which tell them apart only when they are the same. */
export function namesOfGitHeader(text: string): string[] {
  const match = /^(?:a\/(.+) b\/\1|"a\/(.+)" "b\/\2")$/.exec(text);
  const name = match?.[1] ?? (match?.[2] === undefined ? undefined : unquote(`"${match[2]}"`, 0));
  return name === undefined ? [] : [`a/${name}`, `b/${name}`];
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
};

function unquote(text: string, line: number): string {
  const inner = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (inner === undefined) throw invalidPatch(line, `${text} is not closed by a quote`);
  const bytes = inner.replaceAll(/\\([0-7]{3}|.)|[^\\]+/g, (whole, escaped: string | undefined) => {
    if (escaped === undefined) return Buffer.from(whole).toString('latin1');
    return escaped.length === 3
      ? String.fromCharCode(Number.parseInt(escaped, 8))
      : (ESCAPES[escaped] ?? escaped);
  });
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/**
 * Whether the headers may mean this file: one of its names, with or without git's `a/` and `b/`, ends as the path does, or the
 * path ends as it does, since diffs are made in many folders. A patch without names is for any file.
 * @param path as the author wrote it, and as it lies below the run's folder.
 */
export function isFor({ names }: FilePatch, paths: readonly string[]): boolean {
  if (names.length === 0) return true;
  return names.some((name) =>
    [name, stripped(name)].some((each) => paths.some((path) => endsLike(partsOf(path), partsOf(each)))),
  );
}

/**
 * The file's name for a patch of a folder, relative to it: git's `a/` and `b/` are taken away.
 * @returns undefined when it has none.
 */
export function nameBelow({ names, change }: FilePatch): string | undefined {
  const [old, next = old] = names;
  if (old === undefined || next === undefined) return undefined;
  const isGit = change === 'modify' ? old.startsWith('a/') && next.startsWith('b/') : /^[ab]\//.test(old);
  const name = isGit ? stripped(next) : next;
  return posix.normalize(name);
}

const stripped = (name: string): string => name.replace(/^[abciow]\//, '');

const partsOf = (path: string): string[] =>
  posix
    .normalize(path)
    .split('/')
    .filter((part) => part !== '.' && part !== '');

function endsLike(a: readonly string[], b: readonly string[]): boolean {
  const shared = Math.min(a.length, b.length);
  return shared > 0 && a.slice(-shared).join('/') === b.slice(-shared).join('/');
}
