/** The artifacts that steps see: kept with their run, without its secrets. */
import { createHash } from 'node:crypto';
import { StepFailure } from '../kernel/failure.ts';
import type { Redactor } from '../kernel/redact.ts';
import type { ArtifactService, ArtifactUpload, SourceFile } from '../services/artifacts/artifact-service.ts';
import type { BlobSink } from '../steps/define.ts';
import type { ArtifactFile, ArtifactRow } from '../store/port.ts';
import { artifactsSeenFrom, findArtifact } from './find-artifact.ts';
import type { SessionOptions } from './session-options.ts';

export function artifactService(options: SessionOptions): ArtifactService {
  const { store } = options.engine;
  const { runId } = options.setup;
  return {
    upload: (request) => upload(options, request),
    find: (name, run = runId) => findArtifact(store, name, run),
    list: (run = runId) => artifactsSeenFrom(store, run),
  };
}

async function upload(
  { engine, project, redactor, setup }: SessionOptions,
  request: ArtifactUpload,
): Promise<ArtifactRow> {
  const { name, step, overwrite, secrets, signal } = request;
  const { runId } = setup;
  checkName(name);
  for (const path of [name, ...request.files.map((file) => file.path)])
    if (redactor.text(path) !== path)
      throw new StepFailure('ARTIFACT_SECRET', `the name ${redactor.text(path)} holds a secret`);
  const files: ArtifactFile[] = [];
  for (const file of request.files) {
    signal.throwIfAborted();
    files.push(await keep(file, { sink: engine.store.blobs.open(runId), redactor, secrets }));
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const row: ArtifactRow = {
    runId,
    name,
    step,
    digest: digestOf(files),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    createdAt: project.clock.now(),
  };
  const done = await engine.store.artifacts.put(row, files, overwrite);
  if (done.kept) return row;
  throw new StepFailure(
    'ARTIFACT_EXISTS',
    `step ${done.other.step} made an artifact "${name}" in this run already; choose another name, or write "overwrite: true"`,
    { details: { name, step: done.other.step } },
  );
}

interface Keeping {
  sink: BlobSink;
  redactor: Redactor;
  secrets: ArtifactUpload['secrets'];
}

/** What is stored never holds a secret: the stream takes it out before a byte is written. */
async function keep(file: SourceFile, { sink, redactor, secrets }: Keeping): Promise<ArtifactFile> {
  const stream = redactor.active ? redactor.stream() : undefined;
  const given = createHash('sha256');
  try {
    const { executable } = await file.read((piece) => {
      if (stream !== undefined) given.update(piece);
      sink.write(stream === undefined ? piece : stream.push(piece));
    });
    if (stream !== undefined) sink.write(stream.flush());
    const { blob, bytes } = sink.end();
    if (stream !== undefined && secrets === 'refuse' && given.digest('hex') !== blob)
      throw new StepFailure(
        'ARTIFACT_SECRET',
        `"${file.path}" holds a secret of the run; leave it out, or let "secrets: mask" replace it by ***`,
        { details: { path: file.path } },
      );
    return { path: file.path, blob, bytes, executable };
  } catch (error) {
    sink.abort();
    throw error;
  }
}

/** So that it can be a folder's name on every system. */
function checkName(name: string): void {
  if (!/["\\/:*?<>|\x00-\x1f]|^\.{1,2}$/.test(name)) return;
  throw new StepFailure(
    'ARTIFACT_NAME',
    `${JSON.stringify(name)} cannot be the name of an artifact: it must hold none of " \\ / : * ? < > | and no line break`,
    { details: { name } },
  );
}

function digestOf(files: readonly ArtifactFile[]): string {
  const hash = createHash('sha256');
  for (const { path, blob, executable } of files)
    hash.update(`${path}\0${executable ? 'x' : '-'}\0${blob}\n`);
  return hash.digest('hex');
}
