/**
 * The part of the Store port about forgetting: runs that are not to be kept any longer, and the values nobody needs any more.
 * Each method can be done again after a crash in its middle, and by several processes at once.
 */

export interface RetentionRule {
  /** So many ended runs of the workflow are kept, the newest ones. */
  keep?: number | undefined;
  /** Runs that ended before this moment, wall clock in ms, are not kept. */
  endedBefore?: number | undefined;
}

export interface ExpiredRun {
  runId: string;
  status: string;
  startedAt: number;
  endedAt: number;
}

export interface RetentionStore {
  /** Each workflow that has runs, with the plan of its newest one as JSON text. */
  workflows(): Promise<{ workflow: string; plan: string }[]>;
  /** Ended runs of a workflow that a rule does not keep, oldest first; not those that other runs began. */
  expired(workflow: string, rule: RetentionRule, limit?: number): Promise<ExpiredRun[]>;
  /**
   * Forgets runs together with the runs they began: nobody sees them from now on. Durable when it resolves. Not forgotten is a run of
   * which, or of whose children, one has not ended, is run by somebody, or has something to be cleaned up.
   * @returns the ids of all that were forgotten now.
   */
  forget(runIds: readonly string[], now: number): Promise<string[]>;
  /** Forgotten runs of which something is left. */
  forgotten(): Promise<string[]>;
  /** Removes the rows of a forgotten run and gives up its blobs. */
  clear(runId: string): Promise<void>;
  /**
   * Removes blobs that were given up and that nobody needs.
   * @param all also looks for files that no row knows, which a power cut may leave.
   */
  collectBlobs(options?: { all?: boolean }): Promise<{ blobs: number; bytes: number }>;
}
