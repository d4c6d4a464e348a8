/** Runs of the same workflow at once, as the store decides on them: each decision is one transaction. */
import type { RunBatch } from './port.ts';

export interface OverlapStore {
  /**
   * Applies a batch that makes a run one that has not ended, if it may be: with others of its workflow that have not ended it is
   * refused (`reject`) or has to wait for its turn.
   * Only runs that no other run began count.
   * @returns the runs it meets, oldest first, and whether it was refused.
   */
  enter(
    batch: RunBatch,
    workflow: string,
    policy: 'queue' | 'reject' | 'cancel-previous',
  ): Promise<{ others: string[]; refused: boolean }>;
  /** @returns the runs it still has to wait for: those that have begun, and those that wait longer. None: it has its turn, for good. */
  takeTurn(runId: string): Promise<string[]>;
}
