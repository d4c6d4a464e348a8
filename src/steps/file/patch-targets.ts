/** Which files a patch is for: the one the step names, or those its headers name below a folder. */
import { stat } from 'node:fs/promises';
import { join, posix, relative } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import { type GuardedPath, type GuardOptions, guardPath } from '../../services/files/guarded-path.ts';
import type { FilePatch } from '../../services/files/patch/hunk.ts';
import { parsePatch } from '../../services/files/patch/parse-patch.ts';
import { isFor, nameBelow } from '../../services/files/patch/patch-names.ts';

export interface Target {
  /** Path as a step would write it. */
  path: GuardedPath;
  patch: FilePatch;
}

/** @throws {StepFailure} PATCH_INVALID, PATCH_UNSUPPORTED, PATCH_OTHER_FILE, OUTSIDE_CWD */
export async function targetsOf(
  path: string,
  text: string,
  guard: GuardOptions,
): Promise<{ targets: Target[]; isFolder: boolean }> {
  const patches = parsePatch(text);
  const place = await guardPath(path, guard);
  const isFolder = (await stat(place.real).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) {
    const names = [path, relative(guard.cwd, place.real)];
    return { targets: [{ path: place, patch: onlyOne(path, names, patches) }], isFolder };
  }
  const targets: Target[] = [];
  for (const [name, patch] of filesBelow(path, patches))
    targets.push({ path: await guardPath(name, guard), patch });
  return { targets, isFolder };
}

function onlyOne(path: string, names: readonly string[], patches: readonly FilePatch[]): FilePatch {
  const other = patches.find((patch) => !isFor(patch, names));
  if (other !== undefined)
    throw new StepFailure(
      'PATCH_OTHER_FILE',
      `line ${other.line} of the patch is for ${other.names.join(' and ')}, but the step for "${path}"; for several files let "path" be their folder`,
      { details: { line: other.line, names: other.names } },
    );
  const [first, second] = patches;
  if (first === undefined) throw new Error('a patch has a file');
  if (second === undefined) return first;
  if (first.format === 'unified') throw twice(path, second);
  const hunks = patches.flatMap((patch) => patch.hunks);
  if (patches.some(({ change }) => change === 'create')) throw twice(path, second);
  return {
    ...first,
    hunks: hunks.map((hunk, index) => ({ ...hunk, number: index + 1, header: `block ${index + 1}` })),
  };
}

/** By their paths as a step would write them. */
function filesBelow(folder: string, patches: readonly FilePatch[]): Map<string, FilePatch> {
  const targets = new Map<string, FilePatch>();
  for (const patch of patches) {
    const name = nameBelow(patch);
    if (name === undefined)
      throw new StepFailure(
        'PATCH_INVALID',
        `line ${patch.line} of the patch names no file, but "${folder}" is a folder`,
        { details: { line: patch.line } },
      );
    if (name.startsWith('../') || posix.isAbsolute(name))
      throw new StepFailure(
        'PATCH_OTHER_FILE',
        `line ${patch.line} of the patch is for ${patch.names.join(' and ')}, which is not below "${folder}"`,
        { details: { line: patch.line, names: patch.names } },
      );
    const path = join(folder, name);
    if (targets.has(path)) throw twice(path, patch);
    targets.set(path, patch);
  }
  return targets;
}

const twice = (path: string, { line }: FilePatch): StepFailure =>
  new StepFailure(
    'PATCH_UNSUPPORTED',
    `line ${line} of the patch changes "${path}" once more; patches made one after the other need a step each`,
    { details: { line } },
  );
