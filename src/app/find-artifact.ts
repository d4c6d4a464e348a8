/** Which artifact a name means, as seen from a run: its own, else of those that began it, else of one of their sub-workflows. */
import { StepFailure } from '../kernel/failure.ts';
import type { ArtifactInfo, StoredFile } from '../services/artifacts/artifact-service.ts';
import type { ArtifactRow, Store } from '../store/port.ts';

/** Of the run first, then of those that began it, nearest first, then of the others. @throws {StepFailure} ARTIFACT_NOT_FOUND */
export async function artifactsSeenFrom(store: Store, runId: string): Promise<ArtifactInfo[]> {
  if ((await store.run(runId)) === undefined)
    throw new StepFailure('ARTIFACT_NOT_FOUND', `there is no run "${runId}"`, { details: { run: runId } });
  const { self, ancestors, others } = await store.artifacts.family(runId);
  const found: ArtifactRow[] = [];
  for (const id of [self, ...ancestors, ...others]) found.push(...(await store.artifacts.of(id)));
  return found;
}

/** @throws {StepFailure} ARTIFACT_NOT_FOUND, ARTIFACT_AMBIGUOUS */
export async function findArtifact(
  store: Store,
  name: string,
  runId: string,
): Promise<ArtifactInfo & { contents: StoredFile[] }> {
  const all = await artifactsSeenFrom(store, runId);
  const { self, ancestors } = await store.artifacts.family(runId);
  const named = all.filter((each) => each.name === name);
  const near = named.find((each) => each.runId === self || ancestors.includes(each.runId));
  const [first, second] = near === undefined ? named : [near];
  if (first === undefined) throw missing(name, runId, all);
  if (second !== undefined)
    throw new StepFailure(
      'ARTIFACT_AMBIGUOUS',
      `several sub-workflows have an artifact "${name}": runs ${named.map((each) => each.runId).join(', ')}; say which with "run"`,
      { details: { name, runs: named.map((each) => each.runId) } },
    );
  const files = await store.artifacts.files(first.runId, name);
  const contents = files.map(({ blob, ...file }) => ({
    ...file,
    sha256: blob,
    location: store.blobs.path(blob),
  }));
  return { ...first, contents };
}

function missing(name: string, runId: string, all: readonly ArtifactInfo[]): StepFailure {
  const names = [...new Set(all.map((each) => each.name))];
  const known = names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`;
  return new StepFailure('ARTIFACT_NOT_FOUND', `run ${runId} has no artifact "${name}"; ${known}`, {
    details: { name, run: runId },
  });
}
