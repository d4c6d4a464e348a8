/** What steps leave behind for the rest of their run, such as a working tree: cleaned up when it has ended, by whoever lives then. */
import type { Json } from '../kernel/json.ts';

export interface LeftoverRow {
  /** Unique in the run. */
  key: string;
  /** The kind of step that knows how to clean it up. */
  kind: string;
  what: Json;
}

export interface LeftoverStore {
  /** Of all runs that have ended. Cheap when there are none. */
  ofEndedRuns(): Promise<(LeftoverRow & { runId: string })[]>;
  remove(runId: string, key: string): Promise<void>;
}
