/** Where a repository stands, from the format that git keeps stable for programs. */
import type { JsonObject } from '../../kernel/json.ts';
import { type GitWorld, gitText } from '../../services/git/run-git.ts';

export async function status(world: GitWorld): Promise<JsonObject> {
  const told = await gitText(['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all'], world);
  return parseStatus(told);
}

const KINDS: Readonly<Record<string, string>> = {
  A: 'added',
  M: 'modified',
  T: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
};

export function parseStatus(told: string): JsonObject {
  const entries = told.split('\0');
  const head: JsonObject = { branch: null, commit: null, upstream: null, ahead: 0, behind: 0 };
  const files: JsonObject[] = [];
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] ?? '';
    if (entry.startsWith('# ')) readHead(entry.slice(2), head);
    else if (entry.startsWith('? ')) files.push({ path: entry.slice(2), status: 'untracked', staged: false });
    else if (entry.startsWith('1 ')) files.push(changed(entry, 8));
    else if (entry.startsWith('2 ')) files.push({ ...changed(entry, 9), from: entries[++at] ?? '' });
    else if (entry.startsWith('u '))
      files.push({ path: fieldsFrom(entry, 10), status: 'conflict', staged: false });
  }
  return { ...head, clean: files.length === 0, files };
}

function readHead(line: string, head: JsonObject): void {
  const [name = '', ...rest] = line.split(' ');
  const value = rest.join(' ');
  if (name === 'branch.oid' && value !== '(initial)') head.commit = value;
  if (name === 'branch.head' && value !== '(detached)') head.branch = value;
  if (name === 'branch.upstream') head.upstream = value;
  if (name !== 'branch.ab') return;
  const [ahead = '', behind = ''] = rest;
  head.ahead = Number(ahead.slice(1));
  head.behind = Number(behind.slice(1));
}

/** `XY` are the index and the working tree against what is below; "." is the same. */
function changed(entry: string, pathAt: number): JsonObject {
  const [index = '.', tree = '.'] = entry.slice(2, 4);
  return {
    path: fieldsFrom(entry, pathAt),
    status: KINDS[index === '.' ? tree : index] ?? 'modified',
    staged: index !== '.',
  };
}

/** The path is all from a field on: it may hold spaces. */
const fieldsFrom = (entry: string, count: number): string => entry.split(' ').slice(count).join(' ');
