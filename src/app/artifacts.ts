/** Artifacts of runs for people: listing them, and getting one out. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';
import type { ArtifactInfo } from '../services/artifacts/artifact-service.ts';
import { extractFiles } from '../services/files/extract-files.ts';
import { artifactsSeenFrom, findArtifact } from './find-artifact.ts';
import { type Project, withStore } from './project.ts';

export type { ArtifactInfo };

/** Of a run first, then of the runs that began it or that it began. */
export async function listArtifacts(project: Project, runId: string): Promise<ArtifactInfo[]> {
  return withStore(project, (store) => artifactsSeenFrom(store, runId));
}

export interface FetchedArtifact extends ArtifactInfo {
  /** Below `folder`, with `/`. */
  paths: string[];
  /** Where the files are now. Absolute. */
  folder: string;
}

/**
 * Puts the files of an artifact into a folder, which is made when it is missing.
 * @param folder Absolute.
 * @throws {KeystoneError} ARTIFACT_NOT_FOUND, ARTIFACT_AMBIGUOUS, ARTIFACT_PATH, ARTIFACT_DAMAGED, ARTIFACT_FAILED
 */
export async function getArtifact(
  project: Project,
  { runId, name, folder }: { runId: string; name: string; folder: string },
): Promise<FetchedArtifact> {
  return withStore(project, async (store) => {
    try {
      const { contents, ...found } = await findArtifact(store, name, runId);
      const signal = new AbortController().signal;
      await extractFiles(contents, folder, { cwd: folder, allowOutsideCwd: true, signal });
      return { ...found, paths: contents.map(({ path }) => path), folder };
    } catch (error) {
      throw asKeystoneError(error, runId);
    }
  });
}

function asKeystoneError(error: unknown, runId: string): unknown {
  if (error instanceof StepFailure) {
    const { code } = error;
    const isAsked = code === 'ARTIFACT_NOT_FOUND' || code === 'ARTIFACT_AMBIGUOUS';
    return new KeystoneError(code, error.message, {
      exitCode: isAsked ? EXIT.usage : code === 'ARTIFACT_DAMAGED' ? EXIT.store : EXIT.failed,
      hint:
        code === 'ARTIFACT_AMBIGUOUS'
          ? 'name the run that has it instead'
          : `see them with: keystone artifacts list ${runId}`,
      cause: error,
    });
  }
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new KeystoneError('ARTIFACT_FAILED', error.message, {
    exitCode: EXIT.failed,
    hint: 'choose another folder with -o',
    cause: error,
  });
}
