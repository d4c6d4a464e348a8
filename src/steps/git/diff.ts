/** What changed between two states, or since one; files that git does not know yet are part of the working tree. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { type GitWorld, gitText, runGit } from '../../services/git/run-git.ts';
import type { GitTask } from './task.ts';

/** Nothing a repository configures runs a program of its own. */
const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames'];

export async function diff({ fields, world }: GitTask): Promise<JsonObject> {
  const { from = 'HEAD', to, paths = [] } = fields;
  if (to !== undefined) return compare([from, to], paths, world);
  const folder = await mkdtemp(path.join(tmpdir(), 'keystone-git-'));
  try {
    return await compare([from], paths, await withUntracked(folder, world));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a copy of the index, so that looking changes nothing. */
async function withUntracked(folder: string, world: GitWorld): Promise<GitWorld> {
  const index = (await gitText(['rev-parse', '--path-format=absolute', '--git-path', 'index'], world)).trim();
  const copy = path.join(folder, 'index');
  await copyFile(index, copy).catch(() => {});
  const looking = { ...world, env: { ...world.env, GIT_INDEX_FILE: copy } };
  await gitText(['add', '--all', '--intent-to-add', ':/'], looking);
  return looking;
}

async function compare(
  sides: readonly string[],
  paths: readonly string[],
  world: GitWorld,
): Promise<JsonObject> {
  const what = [...sides, '--', ...paths];
  const told = await gitText(['diff', ...PLAIN, '--numstat', '-z', ...what], world);
  const printed = await runGit(['diff', ...PLAIN, ...what], world);
  const text: Json = typeof printed === 'string' ? printed : { ...printed };
  return { diff: text, files: filesOf(told) };
}

/** `added TAB deleted TAB path NUL`, or for a renamed file `added TAB deleted TAB NUL old NUL new NUL`; "-" for binary files. */
export function filesOf(numstat: string): JsonObject[] {
  const parts = numstat.split('\0');
  const files: JsonObject[] = [];
  for (let at = 0; at < parts.length - 1; at++) {
    const [added, deleted, name = ''] = (parts[at] ?? '').split('\t');
    const counts = { additions: countOf(added), deletions: countOf(deleted) };
    if (name !== '') files.push({ path: name, ...counts });
    else files.push({ path: parts[at + 2] ?? '', from: parts[at + 1] ?? '', ...counts });
    if (name === '') at += 2;
  }
  return files;
}

const countOf = (text = '-'): number | null => (text === '-' ? null : Number(text));
