/** The part of the Store port about artifacts: named sets of files that a run keeps. Their content is in the blob store. */

export interface ArtifactFile {
  /** Relative, with `/`, never leading out of a folder. */
  path: string;
  /** sha256 of the content. */
  blob: string;
  bytes: number;
  executable: boolean;
}

export interface ArtifactRow {
  runId: string;
  /** Unique in the run. */
  name: string;
  /** Ledger path of the step that made it. */
  step: string;
  /** sha256 over paths, contents and which of them are executable: equal artifacts have equal digests. */
  digest: string;
  /** How many. */
  files: number;
  /** Of all files together. */
  bytes: number;
  /** Wall clock in ms. */
  createdAt: number;
}

export interface ArtifactStore {
  /**
   * Keeps an artifact whose files are in the blob store, held by its run. It takes the place of one that the same step made.
   * @param overwrite it also takes the place of another step's.
   * @returns the one that has the name, when it was not kept.
   * @throws {StoreError} STORE_RUN_TAKEN, STORE_UNKNOWN_RUN
   */
  put(
    artifact: ArtifactRow,
    files: readonly ArtifactFile[],
    overwrite: boolean,
  ): Promise<{ kept: true } | { kept: false; other: ArtifactRow }>;
  /** By name. */
  of(runId: string): Promise<ArtifactRow[]>;
  /** By path. */
  files(runId: string, name: string): Promise<ArtifactFile[]>;
  /** The run itself first, then those that began it, nearest first, then all others that these began. */
  family(runId: string): Promise<{ self: string; ancestors: string[]; others: string[] }>;
}
