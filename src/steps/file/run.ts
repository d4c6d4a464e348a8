/** One attempt of a file step. */
import { constants } from 'node:fs';
import { lstat, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';
import { atomicWrite, syncFolder } from '../../services/files/atomic-write.ts';
import { codeOf, type GuardedPath, guardPath } from '../../services/files/guarded-path.ts';
import { withFolder } from '../../services/files/held-folder.ts';
import { eachPiece, openRegular } from '../../services/files/open-regular.ts';
import { removedAsFile, removeTree } from '../../services/files/remove-tree.ts';
import type { StepContext, StepResult } from '../define.ts';
import { listEntries } from './list-entries.ts';
import { patchFiles } from './patch-files.ts';
import { readContent } from './read-content.ts';
import type { fileSchema } from './schema.ts';

export type FileFields = Static<typeof fileSchema>;

/**
 * Output by `op`: read → the content; write, append → `{path, bytes}`; delete → `{path, deleted}`; exists → boolean;
 * list → paths; copy → `{path, to, bytes}`.
 * @throws {StepFailure} OUTSIDE_CWD, FILE_NOT_FOUND, NOT_A_FILE, IS_A_FOLDER, INVALID_FIELDS, PERMISSION_DENIED; NO_SPACE (retryable).
 */
export async function runFile(fields: FileFields, ctx: StepContext): Promise<StepResult> {
  ctx.signal.throwIfAborted();
  try {
    return { output: await perform(fields, ctx) };
  } catch (error) {
    throw fileFailure(error, fields);
  }
}

async function perform(fields: FileFields, ctx: StepContext): Promise<Json> {
  const guard = { cwd: ctx.cwd, allowOutsideCwd: fields.allowOutsideCwd ?? false };
  const encoding = fields.encoding ?? 'utf8';
  switch (fields.op) {
    case 'read':
      return readContent(await guardPath(fields.path, guard), encoding, ctx);
    case 'write': {
      const content = contentBytes(fields);
      const bytes = await atomicWrite(await guardPath(fields.path, guard), (file) => file.writeFile(content));
      return { path: fields.path, bytes };
    }
    case 'append':
      return {
        path: fields.path,
        bytes: await append(await guardPath(fields.path, guard), contentBytes(fields)),
      };
    case 'patch': {
      const text = Buffer.from(contentBytes(fields)).toString('utf8');
      const { signal } = ctx;
      return patchFiles({ path: fields.path, text, exactLines: fields.exactLines ?? false, guard, signal });
    }
    case 'delete': {
      const path = await guardPath(fields.path, { ...guard, linkItself: true });
      return { path: fields.path, deleted: await remove(path, fields.recursive ?? false, ctx.signal) };
    }
    case 'exists':
      return exists(await guardPath(fields.path, guard));
    case 'list':
      return listEntries(fields.path, { ...guard, signal: ctx.signal });
    case 'copy': {
      if (fields.to === undefined)
        throw new StepFailure('INVALID_FIELDS', 'op "copy" needs "to", the place to copy the file to');
      const bytes = await copy(await guardPath(fields.path, guard), await guardPath(fields.to, guard), ctx);
      return { path: fields.path, to: fields.to, bytes };
    }
    default:
      return fields.op satisfies never;
  }
}

async function exists(path: GuardedPath): Promise<boolean> {
  if (path.real === path.root) return true;
  const found = await unlessMissing(() =>
    withFolder(path, dirname(path.real), (held) => lstat(join(held, basename(path.real)))),
  );
  return found !== undefined;
}

/** One write in append mode, so that concurrent appends never mix; made durable before the step succeeds. */
async function append(path: GuardedPath, content: Uint8Array): Promise<number> {
  const before = await stat(path.real).catch(() => undefined);
  if (before === undefined) return atomicWrite(path, (file) => file.writeFile(content));
  const file = await openRegular(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    await file.writeFile(content);
    await file.sync();
    return content.byteLength;
  } finally {
    await file.close();
  }
}

/** @returns false when there was nothing: a delete done twice (a retry after a crash) succeeds twice. */
async function remove(path: GuardedPath, recursive: boolean, signal: AbortSignal): Promise<boolean> {
  if (path.real === path.root) throw new StepFailure('IS_A_FOLDER', "the run's own folder is never deleted");
  const removed = await unlessMissing(() =>
    withFolder(path, dirname(path.real), async (held) => {
      const target = join(held, basename(path.real));
      if (recursive) await removeTree(target, signal);
      else if (!(await removedAsFile(target))) await rmdir(target);
      await syncFolder(held);
      return true;
    }),
  );
  return removed ?? false;
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

async function copy(from: GuardedPath, to: GuardedPath, ctx: StepContext): Promise<number> {
  const source = await openRegular(from);
  try {
    const { mode } = await source.stat();
    return await atomicWrite(to, async (file) => {
      await eachPiece(source, ctx.signal, (piece) => file.writeFile(piece));
      await file.chmod(mode & 0o777);
    });
  } finally {
    await source.close();
  }
}

function contentBytes(fields: FileFields): Uint8Array {
  const { content, op } = fields;
  if (content === undefined) throw new StepFailure('INVALID_FIELDS', `op "${op}" needs "content"`);
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  if (fields.encoding !== 'base64') return Buffer.from(text, 'utf8');
  if (typeof content !== 'string' || !/^[A-Za-z0-9+/_\-\s]*={0,2}\s*$/.test(content)) {
    throw new StepFailure('INVALID_FIELDS', '"content" is no base64, but "encoding: base64" says so');
  }
  return Buffer.from(content, 'base64');
}

/** Says in the author's words what the file system refused. */
function fileFailure(error: unknown, fields: FileFields): unknown {
  if (error instanceof StepFailure || codeOf(error) === '') return error;
  const options = { cause: error, details: { op: fields.op, path: fields.path } };
  const name = `"${fields.path}"`;
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StepFailure(
        'FILE_NOT_FOUND',
        `cannot ${fields.op} ${name}: no such file or folder`,
        options,
      );
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new StepFailure(
        'IS_A_FOLDER',
        `cannot ${fields.op} ${name}: it is a folder${fields.op === 'delete' ? '; write "recursive: true" to delete it with all it holds' : ''}`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StepFailure(
        'PERMISSION_DENIED',
        `cannot ${fields.op} ${name}: not permitted (${codeOf(error)})`,
        options,
      );
    case 'ELOOP':
      return new StepFailure(
        'OUTSIDE_CWD',
        `cannot ${fields.op} ${name}: it became a symbolic link meanwhile, or links in a circle`,
        options,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new StepFailure('NO_SPACE', `cannot ${fields.op} ${name}: the disk is full`, {
        ...options,
        retryable: true,
      });
    case '20':
      return new StepFailure('CANCELED', `${fields.op} of ${name} was canceled`, options);
    default:
      return new StepFailure(
        'FILE_ERROR',
        `cannot ${fields.op} ${name}: ${error instanceof Error ? error.message : ''}`,
        options,
      );
  }
}
