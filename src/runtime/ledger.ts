/**
 * The run's record of settled steps: what guards, gates and expressions read. Held in memory, backed by the step rows,
 * never part of machine context, so no snapshot grows with the number of steps.
 */
import type { BlockName } from '#compiler';
import type { StepEnd } from '#machines';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { ItemLog } from './item-log.ts';

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

/** Of `test[3]`: `test` and 3. Undos of items are no items: there are few, and their order matters. */
function itemOf(path: string): { whole: string; index: number } | undefined {
  if (!path.endsWith(']') || path.startsWith('compensate/')) return undefined;
  const bracket = path.lastIndexOf('[');
  return { whole: path.slice(0, bracket), index: Number(path.slice(bracket + 1, -1)) };
}

export class Ledger {
  private readonly entries = new Map<string, LedgerEntry>();
  private readonly items = new Map<string, ItemLog>();
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
    const item = itemOf(path);
    return item === undefined ? this.entries.get(path) : this.items.get(item.whole)?.get(item.index);
  }
  has(path: string): boolean {
    const item = itemOf(path);
    return item === undefined ? this.entries.has(path) : this.items.get(item.whole)?.has(item.index) === true;
  }
  /** Places given before this process: what settles from now on comes after them. */
  continueAfter(order: number): void {
    this.lastOrder = Math.max(this.lastOrder, order);
  }
  get size(): number {
    let { size } = this.entries;
    for (const log of this.items.values()) size += log.size;
    return size;
  }
  /** Steps and undos in the order of their ends. Items are not among them. */
  paths(): IterableIterator<string> {
    return this.entries.keys();
  }
  /** Of fan-outs of which an item has settled: their paths, and those items in their order. */
  *settledItems(): Iterable<{ whole: string; indexes: Iterable<number> }> {
    for (const [whole, log] of this.items) yield { whole, indexes: log.indexes() };
  }
  settledCountOf(whole: string): number {
    return this.items.get(whole)?.size ?? 0;
  }
  /** Settled items of one fan-out, in their order. */
  settledItemsOf(whole: string): Iterable<number> {
    return this.items.get(whole)?.indexes() ?? [];
  }

  /** Appends; the order is given when absent. */
  settle(path: string, entry: Omit<LedgerEntry, 'order'>): LedgerEntry {
    const settled = { ...entry, order: ++this.lastOrder };
    const item = itemOf(path);
    if (item === undefined) this.entries.set(path, settled);
    else {
      const log = this.items.get(item.whole) ?? new ItemLog();
      this.items.set(item.whole, log);
      log.set(item.index, settled);
    }
    return settled;
  }

  /** How often the step at this path has begun anew, from 1. */
  epochOf(path: string): number {
    return this.epochs.get(path) ?? 1;
  }
  /** Forgets how a step ended, so that it runs again. */
  reopen(path: string): number {
    const epoch = this.epochOf(path) + 1;
    const item = itemOf(path);
    if (item === undefined) this.entries.delete(path);
    else this.items.get(item.whole)?.delete(item.index);
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
