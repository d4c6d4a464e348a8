/**
 * The run's record of settled steps: what guards, gates and expressions read. Held in memory, backed by the step rows,
 * never part of machine context, so no snapshot grows with the number of steps.
 */
import type { BlockName } from '#compiler';
import type { StepEnd } from '#machines';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';

export interface LedgerEntry {
  status: StepEnd;
  /** Differs from `status` only under allowFailure. */
  outcome: StepEnd;
  attempts: number;
  output: Json;
  raw?: JsonObject;
  error?: Failure;
  reason?: string;
  startedAt?: number;
  finishedAt: number;
  /** Position in completion order, from 1. */
  order: number;
}

/** Which of a block's steps may still begin. */
export type BlockMode =
  | { mode: 'open' }
  /** Paused. */
  | { mode: 'held' }
  /** A step failed for good; only steps that ask for it (`if: always()` …) begin. */
  | { mode: 'draining'; reason: string }
  | { mode: 'canceled'; reason: string };

/** What fails the run. */
export interface RunFailure {
  /** Ledger path, or `(workflow)`. */
  path: string;
  failure: Failure;
}

export type LedgerBlock = BlockName | 'compensate';

export class Ledger {
  private readonly entries = new Map<string, LedgerEntry>();
  private readonly modes: Record<LedgerBlock, BlockMode> = {
    steps: { mode: 'open' },
    errors: { mode: 'open' },
    finally: { mode: 'open' },
    compensate: { mode: 'open' },
  };
  private readonly epochs = new Map<string, number>();
  private lastOrder = 0;
  private readonly recorded: RunFailure[] = [];

  get(path: string): LedgerEntry | undefined {
    return this.entries.get(path);
  }
  has(path: string): boolean {
    return this.entries.has(path);
  }
  /** Places given before this process: what settles from now on comes after them. */
  continueAfter(order: number): void {
    this.lastOrder = Math.max(this.lastOrder, order);
  }
  get size(): number {
    return this.entries.size;
  }
  paths(): IterableIterator<string> {
    return this.entries.keys();
  }

  /** Appends; the order is given when absent. */
  settle(path: string, entry: Omit<LedgerEntry, 'order'>): LedgerEntry {
    const settled = { ...entry, order: ++this.lastOrder };
    this.entries.set(path, settled);
    return settled;
  }

  /** How often the step at this path has begun anew, from 1. */
  epochOf(path: string): number {
    return this.epochs.get(path) ?? 1;
  }
  /** Forgets how a step ended, so that it runs again. */
  reopen(path: string): number {
    const epoch = this.epochOf(path) + 1;
    this.entries.delete(path);
    this.epochs.set(path, epoch);
    return epoch;
  }
  setEpoch(path: string, epoch: number): void {
    if (epoch > 1) this.epochs.set(path, epoch);
  }

  mode(block: LedgerBlock): BlockMode {
    return this.modes[block];
  }
  setMode(block: LedgerBlock, mode: BlockMode): void {
    this.modes[block] = mode;
  }

  /** The original failure is kept; later ones are added to it and never replace it. */
  recordFailure(path: string, failure: Failure): void {
    this.recorded.push({ path, failure });
  }
  get firstFailure(): RunFailure | undefined {
    return this.recorded[0];
  }
  /** In the order they happened. */
  get failures(): readonly RunFailure[] {
    return this.recorded;
  }
}
