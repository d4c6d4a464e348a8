/** The Store port on SQLite: each method is one transaction or one set of reads over the aggregates. */
import type { JsonObject } from '../../kernel/json.ts';
import type { FileBlobs } from '../blobs.ts';
import { blobsOfBatch } from '../blobs-in.ts';
import {
  type ClaimResult,
  type CompensationRow,
  type EventRow,
  type InboxRow,
  type JournalRow,
  type NewEvent,
  type Ownership,
  type RunBatch,
  type RunFilter,
  type RunImage,
  type RunRow,
  SETTLED_RUN,
  type StepRow,
  type Store,
  type TimerRow,
  type WaitRow,
} from '../port.ts';
import { spill } from '../spill.ts';
import { type Aggregates, aggregatesOf } from './aggregates.ts';
import { applyBatches } from './apply-batches.ts';
import { Artifacts } from './artifacts.ts';
import type { BlobUses } from './blob-uses.ts';
import type { Database } from './database.ts';
import type { EncodedDedup } from './dedup.ts';
import { SqljsDedupStore } from './dedup-store.ts';
import { Leftovers } from './leftovers.ts';
import type { FileMutex } from './mutex.ts';
import { Notes } from './notes.ts';
import { Overlaps } from './overlaps.ts';
import { SqljsPoolStore } from './pools.ts';
import { Retention } from './retention.ts';
import { unknownRun } from './runs.ts';
import { decodeStep, type EncodedStep, latestOnly } from './steps.ts';
import type { Token } from './token.ts';

/** Rows read between two looks at the lock, so that a long ledger keeps nobody waiting. */
const PAGE_ROWS = 250;

export interface SqljsStoreParts {
  database: Database;
  token: Token;
  mutex: FileMutex;
  blobs: FileBlobs;
  uses: BlobUses;
  blobThresholdBytes: number;
}

export class SqljsStore implements Store {
  readonly owner: string;
  readonly blobs: FileBlobs;
  readonly dedup: SqljsDedupStore;
  readonly pools: SqljsPoolStore;
  readonly overlaps: Overlaps;
  readonly notes: Notes;
  readonly leftovers: Leftovers;
  readonly artifacts: Artifacts;
  readonly retention: Retention;
  readonly #database: Database;
  readonly #rows: Aggregates;
  #closed = false;

  constructor(private readonly parts: SqljsStoreParts) {
    const { database } = parts;
    this.owner = parts.token.name;
    this.blobs = parts.blobs;
    this.#database = database;
    this.#rows = aggregatesOf(database);
    this.notes = new Notes(database);
    this.leftovers = new Leftovers(database);
    const isAlive = (owner: string): boolean => parts.token.isAlive(owner);
    this.pools = new SqljsPoolStore({ database, owner: this.owner, isAlive });
    this.overlaps = new Overlaps({ database, prepare: (batch) => this.#prepare(batch) });
    const isHeld = (owner: string, leaseUntil: number, now: number): boolean =>
      this.#isHeld(owner, leaseUntil, now);
    this.dedup = new SqljsDedupStore({ ...parts, runs: this.#rows.runs, isHeld });
    this.artifacts = new Artifacts({ database, owner: this.owner, runs: this.#rows.runs });
    this.retention = new Retention({ ...parts, isHeld });
  }

  async commit(batches: readonly RunBatch[]): Promise<void> {
    if (batches.length === 0) return;
    // Blobs first, outside the transaction: a row may only name what is safely on disk.
    const prepared = batches.map((batch) => this.#prepare(batch));
    try {
      this.#database.write(() => applyBatches(this.#rows, batches, prepared));
    } catch (error) {
      this.#rows.steps.positions.forgetAll();
      throw error;
    }
    for (const { runId, run } of batches)
      if (run?.owner === null || (run?.status && SETTLED_RUN.has(run.status)))
        this.#rows.steps.positions.forget(runId);
  }

  async run(runId: string): Promise<(RunRow & Ownership) | undefined> {
    return this.#database.read(() => this.#rows.runs.find(runId));
  }

  async runs(filter: RunFilter = {}): Promise<(RunRow & Ownership)[]> {
    return this.#database.read(() => this.#rows.runs.list(filter));
  }

  async runIds(prefix: string): Promise<string[]> {
    return this.#database.read(() => this.#rows.runs.idsByPrefix(prefix));
  }

  async image(runId: string): Promise<RunImage | undefined> {
    return this.#database.read(() => {
      const run = this.#rows.runs.find(runId);
      const texts = this.#rows.runs.texts(runId);
      if (run === undefined || texts === undefined) return undefined;
      return {
        run,
        ...texts,
        actors: this.#rows.actors.of(runId),
        timers: this.#rows.timers.of(runId),
        compensations: this.#rows.compensations.of(runId),
      };
    });
  }

  async steps(runId: string, options: { all?: boolean; prefix?: string } = {}): Promise<StepRow[]> {
    const { prefix } = options;
    const rows = this.#database.read(() =>
      prefix === undefined ? this.#rows.steps.all(runId) : this.#rows.steps.withPrefix(runId, prefix),
    );
    return (options.all ? rows : latestOnly(rows)).map((row) => decodeStep(row, this.blobs));
  }

  async eachStep(runId: string, visit: (row: StepRow) => void): Promise<void> {
    for (let from = 0; ; ) {
      const start = from;
      const rows = this.#database.read(() => this.#rows.steps.page(runId, start, PAGE_ROWS));
      for (const row of latestOnly(rows)) visit(decodeStep(row, this.blobs));
      const last = rows.at(-1);
      if (last === undefined) return;
      from = last.position + 1;
    }
  }

  async journal(runId: string, options: { from?: number; limit?: number } = {}): Promise<JournalRow[]> {
    return this.#database.read(() => this.#rows.journal.of(runId, options));
  }

  async compensations(runId: string): Promise<CompensationRow[]> {
    return this.#database.read(() => this.#rows.compensations.of(runId));
  }

  async timers(runId?: string): Promise<(TimerRow & { runId: string })[]> {
    return this.#database.read(() =>
      runId === undefined
        ? this.#rows.timers.all()
        : this.#rows.timers.of(runId).map((timer) => ({ ...timer, runId })),
    );
  }

  // Who owns what is of no interest after a power cut, because nobody is alive then: such commits need not wait for the disk.

  async claim(runId: string, now: number, leaseMs: number): Promise<ClaimResult> {
    return this.#database.writeUnsynced((): ClaimResult => {
      const current = this.#rows.runs.ownership(runId);
      if (current === undefined) return { claimed: false, reason: 'missing' };
      const { owner, leaseUntil } = current;
      if (owner !== undefined && owner !== this.owner && this.#isHeld(owner, leaseUntil, now))
        return { claimed: false, reason: 'owned', owner, leaseUntil };
      this.#rows.steps.positions.forget(runId); // another process may have gone on with it meanwhile
      this.#rows.runs.setOwner(runId, this.owner, now + leaseMs);
      return { claimed: true };
    });
  }

  async isOwned({ owner, leaseUntil = 0 }: Ownership, now: number): Promise<boolean> {
    return owner !== undefined && this.#isHeld(owner, leaseUntil, now);
  }

  async dueRuns(now: number, limit: number): Promise<string[]> {
    return this.#database.read(() => {
      const due = this.#rows.runs.due(now, limit);
      const left = this.#rows.runs
        .unfinished()
        .filter(({ owner, leaseUntil }) => owner === undefined || !this.#isHeld(owner, leaseUntil, now));
      return [...due, ...left.map(({ id }) => id)].slice(0, limit);
    });
  }

  async heartbeat(now: number, leaseMs: number): Promise<void> {
    this.#database.writeUnsynced(() => this.#rows.runs.extendLeases(this.owner, now + leaseMs));
  }

  async release(runId: string): Promise<void> {
    this.#rows.steps.positions.forget(runId);
    this.#database.writeUnsynced(() => {
      if (this.#rows.runs.ownership(runId)?.owner === this.owner) this.#rows.runs.setOwner(runId, null, null);
    });
  }

  async send(runId: string, event: JsonObject & { type: string }, now: number): Promise<void> {
    this.#database.write(() => {
      if (!this.#rows.runs.exists(runId)) throw unknownRun(runId);
      this.#rows.inbox.put(runId, event, now);
      this.#rows.runs.wake(runId, now);
    });
  }

  async inbox(runIds: readonly string[]): Promise<InboxRow[]> {
    return this.#rows.inbox.of(runIds);
  }

  async publish(event: NewEvent): Promise<{ id: number; woken: string[] }> {
    return this.#database.write(() => {
      const id = this.#rows.events.put(event);
      const waiting = this.#rows.waits.list({ event: event.name }).map(({ runId }) => runId);
      const woken = waiting.flatMap((runId) => this.#rows.runs.wake(runId, event.ts) ?? []);
      return { id, woken: [...new Set(woken)] };
    });
  }

  async events(names: readonly string[], now: number): Promise<EventRow[]> {
    return this.#rows.events.of(names, now);
  }

  async takeEvent(id: number, takenBy: string): Promise<boolean> {
    return this.#database.write(() => this.#rows.events.take(id, takenBy));
  }

  async waits(filter: { runId?: string; event?: string } = {}): Promise<(WaitRow & { runId: string })[]> {
    return this.#database.read(() => this.#rows.waits.list(filter));
  }

  async checkpoint(): Promise<void> {
    this.#database.checkpoint('passive');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#database.close();
    } finally {
      this.parts.mutex.close();
      this.parts.token.retire();
    }
  }

  #isHeld(owner: string, leaseUntil: number, now: number): boolean {
    return leaseUntil > now && this.parts.token.isAlive(owner);
  }

  #encode(row: StepRow, runId: string): EncodedStep {
    const options = { holder: runId, thresholdBytes: this.parts.blobThresholdBytes };
    return {
      row,
      output: spill(row.output, this.blobs, options),
      raw: spill(row.raw, this.blobs, options),
    };
  }

  #prepare(batch: RunBatch): () => void {
    const steps = (batch.steps ?? []).map((row) => this.#encode(row, batch.runId));
    const dedup = this.dedup.encode(batch);
    const blobs = blobsOfBatch(batch);
    return () => {
      this.#apply({ batch, steps, dedup });
      this.parts.uses.add(batch.runId, blobs);
    };
  }

  #apply({ batch, steps, dedup }: { batch: RunBatch; steps: EncodedStep[]; dedup: EncodedDedup[] }): void {
    const { runId, journal } = batch;
    if (batch.create !== undefined) {
      this.#rows.runs.create(batch.create);
      this.#rows.steps.positions.begin(runId, 'created');
    } else this.#rows.steps.positions.begin(runId, this.#rows.runs.requireWritable(runId, this.owner));
    // The last `seq` is also in the journal: most turns need not touch the run's own row.
    const onlySeq = batch.run?.seq !== undefined && Object.keys(batch.run).length === 1;
    if (batch.run !== undefined && !(onlySeq && batch.run.seq === journal?.seq))
      this.#rows.runs.update(runId, batch.run);
    for (const path of batch.actorsGone ?? []) this.#rows.actors.remove(runId, path);
    for (const actor of batch.actors ?? []) this.#rows.actors.put(runId, actor);
    if (journal !== undefined) this.#rows.journal.append(runId, journal);
    for (const step of steps) this.#rows.steps.put(runId, step);
    for (const id of batch.timersGone ?? []) this.#rows.timers.remove(runId, id);
    for (const timer of batch.timers ?? []) this.#rows.timers.put(runId, timer);
    for (const row of batch.compensations ?? []) this.#rows.compensations.put(runId, row);
    for (const path of batch.waitsGone ?? []) this.#rows.waits.remove(runId, path);
    for (const row of batch.waits ?? []) this.#rows.waits.put(runId, row);
    for (const row of batch.notes ?? []) this.notes.put(runId, row);
    for (const key of batch.leftoversGone ?? []) this.leftovers.drop(runId, key);
    for (const row of batch.leftovers ?? []) this.leftovers.put(runId, row);
    this.dedup.apply(batch, dedup);
    this.pools.apply(batch);
    this.overlaps.apply(batch);
    for (const id of batch.inboxDone ?? []) this.#rows.inbox.remove(runId, id);
  }
}
