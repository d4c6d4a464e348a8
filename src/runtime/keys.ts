/** Which effects of one run have a name: keys its steps hold or wait for. What is done with them is in dedup.ts. */
import type { Json } from '../kernel/json.ts';
import type { DedupKey, DedupRow, KeyHolder } from '../store/port.ts';
import type { RunContext } from './run-context.ts';
import type { StepRef } from './step-path.ts';

/** The effect of a step whose turn has come. */
export interface Effect {
  /** Of a step with `idempotencyKey`. */
  key?: DedupKey & { label: string };
  /** sha256 of kind and inputs; absent until it has been needed since a restore. */
  fingerprint?: string;
  /** Of a step with `memoize`. */
  memo?: DedupKey;
}

/** A step that waits for the end of another one. */
export interface KeyWait {
  path: string;
  key: DedupKey;
  who: KeyHolder;
  holder?: Pick<DedupRow, 'runId' | 'path'>;
}

export class RunKeys {
  /** By ledger path, from the look for a result until the step settles. */
  readonly effects = new Map<string, Effect>();
  /** By ledger path: keys that another step has. */
  readonly waits = new Map<string, KeyWait>();

  constructor(
    /** False with `--no-dedup`. */
    readonly enabled: boolean,
    /** Secrets leave for the store as placeholders and come back as values. */
    readonly sealer: { json<T extends Json>(value: T): T; open<T extends Json>(stored: T): T },
  ) {}
}

/** Whether a step's effect has a name, or a result that may be known from its inputs. */
export const dedupes = ({ keys }: RunContext, { step }: StepRef): boolean =>
  (step.idempotency !== undefined || step.memoize !== undefined) && keys.enabled;
