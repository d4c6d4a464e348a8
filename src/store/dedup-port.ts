/** The part of the Store port about effects that have a name: who has one in flight, and the results of those that were had. */
import type { BlobRef } from '../kernel/blob-ref.ts';
import type { Json, JsonObject } from '../kernel/json.ts';

/** The name of an effect. */
export interface DedupKey {
  /** `run:` and the id of a root run, `global`, or `memo` for results kept by their inputs. */
  scope: string;
  /** sha256, in hex, of the key, or of kind and inputs. */
  hash: string;
}

/** An effect that is being had, or has been. */
export interface DedupRow extends DedupKey {
  /** The key as people may see it; redacted. */
  label: string;
  /** sha256 of kind and inputs: what else must be the same for the result to be taken. */
  fingerprint: string;
  workflow: string;
  kind: string;
  runId: string;
  path: string;
  status: 'in-flight' | 'done';
  /** Wall clock in ms. */
  since: number;
  finishedAt?: number;
  /** Absent: counts until it is cleared. */
  expiresAt?: number;
  /** Before `transform`. */
  output?: Json | BlobRef;
  raw?: JsonObject;
}

/** Of a step that ended without a result. */
export interface ReleasedKey extends DedupKey {
  path: string;
  /** Wall clock in ms. */
  at: number;
}

export type KeyClaim =
  /** It is this step's until the step settles. */
  | { outcome: 'claimed' }
  | { outcome: 'done'; row: DedupRow }
  /** Of other inputs. */
  | { outcome: 'collision'; holder: DedupRow }
  | { outcome: 'in-flight'; holder: DedupRow; who: KeyHolder };

/** Who has a key in flight: a step of a run that is running, of one that nobody runs, or of a run this one belongs to. */
export type KeyHolder = 'live' | 'dormant' | 'ancestor';

export interface DedupFilter {
  runId?: string;
  /** The key's hash or its beginning. */
  hash?: string;
}

export interface DedupStore {
  /**
   * Decides, between all processes, who has the effect of this name. A key in flight in a run that has ended is free; asking
   * again for the same step gives the same answer. Expired rows are dropped on the way.
   */
  claim(row: DedupRow, now: number): Promise<KeyClaim>;
  /** What can be taken now: done and not expired, with its values. `by` is the run that takes it. */
  finished(key: DedupKey, now: number, by: string): Promise<DedupRow | undefined>;
  /** Who has each of these keys in flight; undefined for one that `claim` would not refuse. `by` is the run that asks. */
  holders(keys: readonly (DedupKey & { by: string })[], now: number): Promise<(KeyHolder | undefined)[]>;
  /** Newest first, without values. */
  list(filter?: DedupFilter): Promise<DedupRow[]>;
  /** Forgets rows, but for those in flight in a run that somebody runs. @returns how many, and those that stay. */
  clear(filter: DedupFilter, now: number): Promise<{ cleared: number; kept: DedupRow[] }>;
  /** Forgets what has expired. @returns how many. */
  prune(now: number): Promise<number>;
}
