/** What steps may ask of the artifacts of runs; wired by the application, which knows where they are kept and what is a secret. */

/** A named set of files that a run keeps. */
export interface ArtifactInfo {
  name: string;
  /** The run that keeps it. */
  runId: string;
  /** Ledger path of the step that made it. */
  step: string;
  /** How many. */
  files: number;
  /** Of all files together. */
  bytes: number;
  /** sha256 over paths, contents and which of them are executable. */
  digest: string;
  /** Wall clock in ms. */
  createdAt: number;
}

/** A file to be kept. */
export interface SourceFile {
  /** In the artifact: relative, with `/`. */
  path: string;
  /** Hands its content over piece by piece; a piece is only valid during its visit. */
  read(visit: (piece: Uint8Array) => void): Promise<{ executable: boolean }>;
}

/** A file that is kept. */
export interface StoredFile {
  path: string;
  bytes: number;
  executable: boolean;
  sha256: string;
  /** Where its content can be read; only to be read. */
  location: string;
}

export interface ArtifactUpload {
  name: string;
  /** Ledger path of the step; the same step replaces what it made before. */
  step: string;
  files: readonly SourceFile[];
  /** Also replaces what another step of the run made. */
  overwrite: boolean;
  /** Of a file that holds a secret of the run: nothing is kept, or the file with `***` instead. */
  secrets: 'refuse' | 'mask';
  signal: AbortSignal;
}

export interface ArtifactService {
  /** @throws {StepFailure} ARTIFACT_EXISTS, ARTIFACT_NAME, ARTIFACT_SECRET */
  upload(request: ArtifactUpload): Promise<ArtifactInfo>;
  /**
   * An artifact of a run (by default this one), or of the runs that began it, or of those that it or they began.
   * @throws {StepFailure} ARTIFACT_NOT_FOUND, ARTIFACT_AMBIGUOUS when several sub-workflows made one of this name.
   */
  find(name: string, run?: string): Promise<ArtifactInfo & { contents: readonly StoredFile[] }>;
  /** Of the run itself and of all its relatives, in that order. @throws {StepFailure} ARTIFACT_NOT_FOUND when there is no such run. */
  list(run?: string): Promise<ArtifactInfo[]>;
}
