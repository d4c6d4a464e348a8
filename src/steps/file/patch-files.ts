/** `op: patch`: every hunk of every file is placed before the first file is written. */
import type { Stats } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { atomicWrite, syncFolder } from '../../services/files/atomic-write.ts';
import { codeOf, type GuardedPath, type GuardOptions } from '../../services/files/guarded-path.ts';
import { withFolder } from '../../services/files/held-folder.ts';
import { openRegular } from '../../services/files/open-regular.ts';
import type { FilePatch } from '../../services/files/patch/hunk.ts';
import { createdText, isWholeText, patchText } from '../../services/files/patch/patch-text.ts';
import { targetsOf } from './patch-targets.ts';

/** A file to be patched is held in memory. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const CHANGES = { modify: 'modified', create: 'created', delete: 'deleted' } as const;

export interface PatchRequest {
  /** File, or folder that the names in the patch are below. */
  path: string;
  text: string;
  exactLines: boolean;
  guard: GuardOptions;
  signal: AbortSignal;
}

/** What is to be done with one file. */
interface Plan {
  target: GuardedPath;
  patch: FilePatch;
  /** As it was when it was read; undefined when there was none. */
  before: Stats | undefined;
  /** What it will hold; undefined when it goes. */
  content: Buffer | undefined;
  mode: number | undefined;
  offsets: number[];
  alreadyApplied: boolean;
}

/**
 * @returns of one file `{path, change, bytes, hunks, offsets, alreadyApplied}`, of a folder `{path, files, alreadyApplied}`.
 * @throws {StepFailure} PATCH_INVALID, PATCH_UNSUPPORTED, PATCH_OTHER_FILE, PATCH_FAILED, PATCH_AMBIGUOUS: nothing was written.
 * FILE_CHANGED (retryable).
 */
export async function patchFiles(request: PatchRequest): Promise<Json> {
  const { path, guard } = request;
  const { targets, isFolder } = await targetsOf(path, request.text, guard);
  if (request.exactLines && targets.some(({ patch }) => patch.format === 'blocks'))
    throw new StepFailure(
      'INVALID_FIELDS',
      '"exactLines" is for unified diffs; SEARCH/REPLACE blocks name no lines',
    );
  const plans: Plan[] = [];
  for (const { path: target, patch } of targets) plans.push(await planOf(target, patch, request));
  const written: string[] = [];
  for (const plan of plans) {
    if (plan.alreadyApplied) continue;
    request.signal.throwIfAborted();
    await write(plan).catch((error: unknown) => Promise.reject(addWritten(error, plan, written)));
    written.push(plan.target.written);
  }
  const results = plans.map(resultOf);
  const [only] = results;
  if (!isFolder && only !== undefined) return only;
  return { path, files: results, alreadyApplied: plans.every(({ alreadyApplied }) => alreadyApplied) };
}

async function planOf(target: GuardedPath, patch: FilePatch, { exactLines }: PatchRequest): Promise<Plan> {
  const now = await readIfPresent(target);
  const plan = {
    target,
    patch,
    before: now?.info,
    content: now?.content,
    mode: modeFor(patch, now?.info),
    offsets: [],
    alreadyApplied: false,
  };
  try {
    const done = contentAfter(patch, now?.content, exactLines);
    return { ...plan, ...done, alreadyApplied: done.alreadyApplied && plan.mode === undefined };
  } catch (error) {
    throw nothingWritten(error, target);
  }
}

function contentAfter(
  patch: FilePatch,
  now: Buffer | undefined,
  exactLines: boolean,
): Pick<Plan, 'content' | 'alreadyApplied'> {
  if (patch.change === 'create') return createPlan(patch, now);
  if (patch.change === 'delete') return deletePlan(patch, now);
  if (now === undefined) throw new StepFailure('FILE_NOT_FOUND', 'no such file');
  if (now.includes(0)) throw new StepFailure('PATCH_UNSUPPORTED', 'it is no text: it holds NUL characters');
  return patchText(now, patch, { exactLines });
}

async function readIfPresent(path: GuardedPath): Promise<{ content: Buffer; info: Stats } | undefined> {
  const file = await openRegular(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const info = await file.stat();
    if (info.size > LARGEST_BYTES)
      throw new StepFailure(
        'FILE_TOO_LARGE',
        `"${path.written}" has ${info.size} bytes; files of up to ${LARGEST_BYTES} can be patched`,
      );
    return { content: await file.readFile(), info };
  } finally {
    await file.close();
  }
}

function createPlan(patch: FilePatch, now: Buffer | undefined): Pick<Plan, 'content' | 'alreadyApplied'> {
  const content = createdText(patch);
  const alreadyApplied = now?.equals(content) === true;
  if (now !== undefined && now.length > 0 && !alreadyApplied)
    throw new StepFailure('PATCH_FAILED', 'the patch makes a new file, but there is one with other content');
  return { content, alreadyApplied };
}

function deletePlan(patch: FilePatch, now: Buffer | undefined): Pick<Plan, 'content' | 'alreadyApplied'> {
  if (now !== undefined && !isWholeText(now, patch))
    throw new StepFailure('PATCH_FAILED', 'the patch deletes the file, but it has other content than that');
  return { content: undefined, alreadyApplied: now === undefined };
}

/** Undefined: the permissions stay as they are, or are those of any new file. */
function modeFor({ executable }: FilePatch, before: Stats | undefined): number | undefined {
  if (executable === undefined) return undefined;
  const mode = (before?.mode ?? 0o644) & 0o7777;
  const wanted = executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
  return before !== undefined && wanted === mode ? undefined : wanted;
}

async function write({ target, content, mode, before }: Plan): Promise<void> {
  const beforeReplacing = (there: string): Promise<void> => assertUnchanged(target, there, before);
  if (content !== undefined) {
    const options = { beforeReplacing, ...(mode !== undefined && { mode }) };
    await atomicWrite(target, (file) => file.writeFile(content), options);
    return;
  }
  await withFolder(target, dirname(target.real), async (held) => {
    const there = join(held, basename(target.real));
    await beforeReplacing(there);
    await unlink(there);
    await syncFolder(held);
  });
}

async function assertUnchanged(target: GuardedPath, there: string, before: Stats | undefined): Promise<void> {
  const now = await lstat(there).catch(() => undefined);
  const isSame = now?.ino === before?.ino && now?.size === before?.size && now?.mtimeMs === before?.mtimeMs;
  if (isSame) return;
  throw new StepFailure(
    'FILE_CHANGED',
    `"${target.written}" was changed by something else while it was patched`,
    { retryable: true },
  );
}

function resultOf({ target, patch, content, offsets, alreadyApplied }: Plan): JsonObject {
  return {
    path: target.written,
    change: CHANGES[patch.change],
    bytes: content?.length ?? 0,
    hunks: patch.hunks.length,
    offsets,
    alreadyApplied,
  };
}

function nothingWritten(error: unknown, { written }: GuardedPath): unknown {
  if (!(error instanceof StepFailure)) return error;
  return new StepFailure(error.code, `cannot patch "${written}": ${error.message}; nothing was written`, {
    details: { ...error.details, path: written },
  });
}

/** Files before this one are patched; done again the step finds them so and goes on. */
function addWritten(error: unknown, { target }: Plan, written: readonly string[]): unknown {
  if (written.length === 0 || !(error instanceof StepFailure)) return error;
  return new StepFailure(error.code, `${error.message} (written before: ${written.join(', ')})`, {
    retryable: error.retryable,
    cause: error,
    details: { ...error.details, path: target.written, written: [...written] },
  });
}
