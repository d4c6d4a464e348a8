/** The DedupStore port: each method is one transaction over the rows of effects and the runs that have them. */
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { FileBlobs } from '../blobs.ts';
import { blobsIn } from '../blobs-in.ts';
import type { DedupFilter, DedupKey, DedupRow, DedupStore, KeyClaim, KeyHolder, RunBatch } from '../port.ts';
import { addressIn, spill, unspill } from '../spill.ts';
import { type BlobUses, dedupHolder } from './blob-uses.ts';
import type { Database } from './database.ts';
import { Dedup, type EncodedDedup, type StoredDedup } from './dedup.ts';
import type { Runs } from './runs.ts';

export interface DedupStoreParts {
  database: Database;
  runs: Runs;
  blobs: FileBlobs;
  uses: BlobUses;
  blobThresholdBytes: number;
  isHeld(owner: string, leaseUntil: number, now: number): boolean;
}

export class SqljsDedupStore implements DedupStore {
  readonly #rows: Dedup;

  constructor(private readonly parts: DedupStoreParts) {
    this.#rows = new Dedup(parts.database);
  }

  // The attempt's intent writes the row again before the effect, and waits for the disk: a claim lost to a power cut had none.

  async claim(row: DedupRow, now: number): Promise<KeyClaim> {
    return this.parts.database.writeUnsynced((): KeyClaim => {
      this.#rows.prune(now);
      const found = this.#rows.find(row, now);
      if (found === undefined || this.#isFree(found.row, row)) {
        if (found !== undefined) this.#rows.remove(row);
        this.#rows.put({ row, output: null, raw: null });
        return { outcome: 'claimed' };
      }
      if (found.row.fingerprint !== row.fingerprint) return { outcome: 'collision', holder: found.row };
      if (found.row.status === 'done') return { outcome: 'done', row: this.#take(found, row.runId) };
      return { outcome: 'in-flight', holder: found.row, who: this.#who(found.row, row.runId, now) };
    });
  }

  async finished(key: DedupKey, now: number, by: string): Promise<DedupRow | undefined> {
    const { database } = this.parts;
    const found = database.read(() => this.#rows.find(key, now));
    if (found?.row.status !== 'done') return undefined;
    if (!mayNeedBlobs(found)) return this.#decode(found);
    return database.writeUnsynced(() => {
      const still = this.#rows.find(key, now);
      return still?.row.status === 'done' ? this.#take(still, by) : undefined;
    });
  }

  async holders(
    keys: readonly (DedupKey & { by: string })[],
    now: number,
  ): Promise<(KeyHolder | undefined)[]> {
    return this.parts.database.read(() =>
      keys.map((key) => {
        const row = this.#rows.find(key, now)?.row;
        if (row?.status !== 'in-flight' || this.#rows.holder(row.runId) === undefined) return undefined;
        return this.#who(row, key.by, now);
      }),
    );
  }

  async list(filter: DedupFilter = {}): Promise<DedupRow[]> {
    return this.parts.database.read(() => this.#rows.list(filter));
  }

  async clear(filter: DedupFilter, now: number): Promise<{ cleared: number; kept: DedupRow[] }> {
    return this.parts.database.write(() => {
      const rows = this.#rows.list(filter);
      const kept = rows.filter((row) => row.status === 'in-flight' && this.#isLive(row, now));
      for (const row of rows) {
        if (kept.includes(row)) continue;
        this.#rows.remove(row);
        this.#wake(row, now);
      }
      return { cleared: rows.length - kept.length, kept };
    });
  }

  async prune(now: number): Promise<number> {
    return this.parts.database.write(() => this.#rows.prune(now));
  }

  /** Before the transaction of a batch: its large values go to the blob store. */
  encode(batch: RunBatch): EncodedDedup[] {
    const { blobs, blobThresholdBytes: thresholdBytes } = this.parts;
    const options = { holder: batch.runId, thresholdBytes };
    return (batch.dedup ?? []).map((row) => ({
      row,
      output: spill(row.output, blobs, options),
      raw: spill(row.raw, blobs, options),
    }));
  }

  /** In the transaction of a batch. */
  apply({ runId, dedupGone }: RunBatch, rows: readonly EncodedDedup[]): void {
    for (const encoded of rows) {
      this.#rows.put(encoded);
      const { row } = encoded;
      this.parts.uses.add(dedupHolder(row), blobsOf(encoded, row));
      if (row.status === 'done' && row.scope !== 'memo') this.#wake(row, row.finishedAt ?? row.since);
    }
    for (const key of dedupGone ?? []) {
      this.#rows.release(runId, key);
      this.#wake(key, key.at);
    }
  }

  /** The step's own, from a former attempt or process, or of a run that has ended without saying how its step did. */
  #isFree(held: DedupRow, row: DedupRow): boolean {
    if (held.status !== 'in-flight') return false;
    if (held.runId === row.runId && held.path === row.path) return true;
    return this.#rows.holder(held.runId) === undefined;
  }

  #isLive(row: DedupRow, now: number): boolean {
    const holder = this.#rows.holder(row.runId);
    return holder?.owner !== undefined && this.parts.isHeld(holder.owner, holder.leaseUntil, now);
  }

  #who(row: DedupRow, by: string, now: number): KeyHolder {
    if (this.#rows.descends(by, row.runId)) return 'ancestor';
    return this.#isLive(row, now) ? 'live' : 'dormant';
  }

  #wake(key: DedupKey, now: number): void {
    for (const runId of this.#rows.waiting(key)) this.parts.runs.wake(runId, now);
  }

  /** In a transaction. The run that takes the values needs their blobs from now on. */
  #take(found: StoredDedup, by: string): DedupRow {
    const row = this.#decode(found);
    this.parts.uses.add(by, blobsOf(found, row));
    return row;
  }

  #decode({ row, output, raw }: StoredDedup): DedupRow {
    const { blobs } = this.parts;
    return {
      ...row,
      ...(output !== undefined && { output: unspill<Json>(output, blobs) }),
      ...(raw !== undefined && { raw: unspill<JsonObject>(raw, blobs) }),
    };
  }
}

interface Texts {
  output: string | null | undefined;
  raw: string | null | undefined;
}

const mayNeedBlobs = (texts: Texts): boolean =>
  [texts.output, texts.raw].some((text) => addressIn(text) !== undefined || text?.includes('"blob":"'));

/** Those of the row's texts, and those its values refer to. */
function blobsOf(texts: Texts, { output, raw }: DedupRow): Set<string> {
  const addresses = [texts.output, texts.raw].flatMap((text) => addressIn(text) ?? []);
  return new Set([...addresses, ...blobsIn(output, raw)]);
}
