/** Ends of the items of one fan-out, in columns: there may be a million of them, of which most have nothing to tell but their output. */
import type { StepEnd } from '#machines';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { LedgerEntry } from './ledger.ts';

const ENDS: readonly StepEnd[] = ['success', 'failed', 'skipped', 'canceled'];
const CHUNK = 1024;

/** What few items have. */
type Rare = Pick<LedgerEntry, 'error' | 'reason'>;

class Chunk {
  /** 0: not settled; else 1 + 4 × status + outcome. */
  readonly ends = new Uint8Array(CHUNK);
  readonly attempts = new Uint16Array(CHUNK);
  readonly startedAt = new Float64Array(CHUNK);
  readonly finishedAt = new Float64Array(CHUNK);
  readonly order = new Float64Array(CHUNK);
  readonly outputs: Json[] = new Array(CHUNK).fill(null);
  raws: (JsonObject | undefined)[] | undefined;
}

export class ItemLog {
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #rare = new Map<number, Rare>();
  size = 0;

  has(index: number): boolean {
    return this.#end(index) > 0;
  }

  /** A copy: changing it changes nothing here. */
  get(index: number): LedgerEntry | undefined {
    const end = this.#end(index) - 1;
    const chunk = this.#chunks[Math.floor(index / CHUNK)];
    const [status, outcome] = [ENDS[Math.floor(end / 4)], ENDS[end % 4]];
    if (chunk === undefined || status === undefined || outcome === undefined) return undefined;
    const at = index % CHUNK;
    const startedAt = chunk.startedAt[at] ?? Number.NaN;
    const raw = chunk.raws?.[at];
    return {
      status,
      outcome,
      attempts: chunk.attempts[at] ?? 0,
      output: chunk.outputs[at] ?? null,
      finishedAt: chunk.finishedAt[at] ?? 0,
      order: chunk.order[at] ?? 0,
      ...(raw !== undefined && { raw }),
      ...(!Number.isNaN(startedAt) && { startedAt }),
      ...this.#rare.get(index),
    };
  }

  set(index: number, entry: LedgerEntry): void {
    if (!this.has(index)) this.size++;
    const number = Math.floor(index / CHUNK);
    const chunk = this.#chunks[number] ?? new Chunk();
    this.#chunks[number] = chunk;
    const at = index % CHUNK;
    const { status, outcome, attempts, output, raw, error, reason, startedAt, finishedAt, order } = entry;
    chunk.ends[at] = 1 + 4 * ENDS.indexOf(status) + ENDS.indexOf(outcome);
    chunk.attempts[at] = attempts;
    chunk.startedAt[at] = startedAt ?? Number.NaN;
    chunk.finishedAt[at] = finishedAt;
    chunk.order[at] = order;
    chunk.outputs[at] = output;
    if (raw !== undefined || chunk.raws !== undefined) {
      chunk.raws ??= new Array(CHUNK).fill(undefined);
      chunk.raws[at] = raw;
    }
    this.#rare.delete(index);
    if (error !== undefined || reason !== undefined)
      this.#rare.set(index, { ...(error && { error }), ...(reason !== undefined && { reason }) });
  }

  delete(index: number): void {
    const chunk = this.#chunks[Math.floor(index / CHUNK)];
    if (chunk === undefined || !this.has(index)) return;
    this.size--;
    const at = index % CHUNK;
    chunk.ends[at] = 0;
    chunk.outputs[at] = null;
    if (chunk.raws !== undefined) chunk.raws[at] = undefined;
    this.#rare.delete(index);
  }

  /** Ascending. */
  *indexes(): Iterable<number> {
    for (const [number, chunk] of this.#chunks.entries()) {
      if (chunk === undefined) continue;
      for (const [at, end] of chunk.ends.entries()) if (end > 0) yield number * CHUNK + at;
    }
  }

  #end(index: number): number {
    return this.#chunks[Math.floor(index / CHUNK)]?.ends[index % CHUNK] ?? 0;
  }
}
