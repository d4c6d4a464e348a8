/** One attempt of an artifact step. */
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { ArtifactInfo } from '../../services/artifacts/artifact-service.ts';
import { extractFiles } from '../../services/files/extract-files.ts';
import type { StepContext, StepResult } from '../define.ts';
import { collectFiles } from './collect-files.ts';
import type { artifactSchema } from './schema.ts';

export type ArtifactFields = Static<typeof artifactSchema>;

/**
 * Output by `op`: upload → `{name, run, files, bytes, digest}`, or `{name, files: 0, skipped: true}`; download → the same with `path`;
 * list → artifacts, or the files of one.
 * @throws {StepFailure} ARTIFACT_EMPTY, ARTIFACT_LINK, ARTIFACT_EXISTS, ARTIFACT_NAME, ARTIFACT_SECRET, ARTIFACT_NOT_FOUND,
 * ARTIFACT_AMBIGUOUS, ARTIFACT_DAMAGED, OUTSIDE_CWD, INVALID_FIELDS; ARTIFACT_FAILED for what the file system says.
 */
export async function runArtifact(fields: ArtifactFields, ctx: StepContext): Promise<StepResult> {
  ctx.signal.throwIfAborted();
  try {
    return { output: await perform(fields, ctx) };
  } catch (error) {
    throw artifactFailure(error, fields);
  }
}

async function perform(fields: ArtifactFields, ctx: StepContext): Promise<Json> {
  switch (fields.op) {
    case 'upload':
      return upload(fields, ctx);
    case 'download':
      return download(fields, ctx);
    case 'list':
      return list(fields, ctx);
    default:
      return fields.op satisfies never;
  }
}

async function upload(fields: ArtifactFields, ctx: StepContext): Promise<Json> {
  const { overwrite = false, hidden = false, ifNone = 'fail', secrets = 'refuse', path: root } = fields;
  const name = required(fields, 'name');
  const written = required(fields, 'paths');
  const paths = typeof written === 'string' ? [written] : written;
  const { signal } = ctx;
  const files = await collectFiles(paths, { guard: guardOf(fields, ctx), root, hidden, ifNone, signal });
  if (files.length === 0) return { name, files: 0, bytes: 0, skipped: true };
  const step = ctx.path;
  const kept = await ctx.services.artifacts.upload({ name, step, files, overwrite, secrets, signal });
  return summary(kept);
}

async function download(fields: ArtifactFields, ctx: StepContext): Promise<Json> {
  const path = required(fields, 'path');
  const found = await ctx.services.artifacts.find(required(fields, 'name'), fields.run);
  await extractFiles(found.contents, path, { ...guardOf(fields, ctx), signal: ctx.signal });
  return { ...summary(found), path };
}

async function list({ name, run }: ArtifactFields, { services }: StepContext): Promise<Json> {
  if (name === undefined) {
    const all = await services.artifacts.list(run);
    return all.map((each) => ({
      ...summary(each),
      step: each.step,
      createdAt: new Date(each.createdAt).toISOString(),
    }));
  }
  const { contents } = await services.artifacts.find(name, run);
  return contents.map(({ path, bytes, sha256, executable }) => ({ path, bytes, sha256, executable }));
}

const summary = ({ name, runId, files, bytes, digest }: ArtifactInfo): JsonObject => ({
  name,
  run: runId,
  files,
  bytes,
  digest,
});

const guardOf = ({ allowOutsideCwd = false }: ArtifactFields, { cwd }: StepContext) => ({
  cwd,
  allowOutsideCwd,
});

function required<Name extends 'name' | 'path' | 'paths'>(
  fields: ArtifactFields,
  name: Name,
): NonNullable<ArtifactFields[Name]> {
  const value = fields[name];
  if (value === undefined) throw new StepFailure('INVALID_FIELDS', `op "${fields.op}" needs "${name}"`);
  return value;
}

/** What writing files says, in words of artifacts. */
function artifactFailure(error: unknown, { op, name }: ArtifactFields): unknown {
  if (error instanceof StepFailure) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code.startsWith('STORE_')) return error;
  const what = name === undefined ? op : `${op} of "${name}"`;
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new StepFailure(isFull ? 'NO_SPACE' : 'ARTIFACT_FAILED', `${what}: ${error.message}`, {
    cause: error,
    retryable: isFull,
  });
}
