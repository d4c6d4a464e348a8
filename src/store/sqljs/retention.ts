/**
 * Forgetting runs. First their own rows go, in one transaction that also writes down that they went; what hangs on them follows
 * in small transactions, so that nobody waits long, and whoever comes after a crash goes on with it.
 */
import type { FileBlobs } from '../blobs.ts';
import { type ExpiredRun, type RetentionRule, type RetentionStore, SETTLED_RUN } from '../port.ts';
import type { BlobUses } from './blob-uses.ts';
import type { Database } from './database.ts';
import type { RowReader, SqlValue } from './statement.ts';

/** Tables whose rows go with their run. A test compares this with the tables that have a column `run`. */
export const TABLES_OF_RUNS = [
  'actors',
  'journal',
  'steps',
  'timers',
  'compensations',
  'inbox',
  'waits',
  'pool_slots',
  'run_queue',
  'notes',
  'leftovers',
  'artifacts',
  'artifact_files',
] as const;
/** Long tables, and the columns that number their rows. */
const LONG: ReadonlyMap<string, string> = new Map([
  ['journal', 'seq'],
  ['steps', 'position'],
]);
const PIECE_ROWS = 2000;
const PIECE_BLOBS = 100;
const SETTLED = [...SETTLED_RUN].map((status) => `'${status}'`).join(', ');

const WORKFLOWS = `
SELECT workflow, (SELECT p.text FROM runs r JOIN run_values v ON v.run = r.id JOIN workflows p ON p.hash = v.plan_text
  WHERE r.workflow = names.workflow AND r.parent_run IS NULL ORDER BY r.started_at DESC LIMIT 1)
FROM (SELECT DISTINCT workflow FROM runs WHERE parent_run IS NULL) AS names ORDER BY workflow`;
const EXPIRED = `
SELECT id, status, started_at, ended FROM (
  SELECT id, status, started_at, coalesce(finished_at, started_at) AS ended,
    row_number() OVER (ORDER BY started_at DESC, id DESC) AS place
  FROM runs WHERE workflow = ?1 AND parent_run IS NULL AND status IN (${SETTLED}))
WHERE place > ?2 OR ended < ?3 ORDER BY started_at, id LIMIT ?4`;
const TREE = `
WITH RECURSIVE tree (id) AS (SELECT id FROM runs WHERE id = ?1 UNION SELECT runs.id FROM runs JOIN tree ON runs.parent_run = tree.id)
SELECT runs.id, runs.status, runs.owner, runs.lease_until,
  EXISTS (SELECT 1 FROM leftovers WHERE leftovers.run = runs.id) FROM tree JOIN runs ON runs.id = tree.id`;

export interface RetentionParts {
  database: Database;
  blobs: FileBlobs;
  uses: BlobUses;
  isHeld(owner: string, leaseUntil: number, now: number): boolean;
}

export class Retention implements RetentionStore {
  constructor(private readonly parts: RetentionParts) {}

  async workflows(): Promise<{ workflow: string; plan: string }[]> {
    return this.#read(WORKFLOWS, [], (row) => ({ workflow: row.text(0), plan: row.text(1) }));
  }

  async expired(workflow: string, rule: RetentionRule, limit = -1): Promise<ExpiredRun[]> {
    const { keep = Number.MAX_SAFE_INTEGER, endedBefore = 0 } = rule;
    return this.#read(EXPIRED, [workflow, keep, endedBefore, limit], (row) => ({
      runId: row.text(0),
      status: row.text(1),
      startedAt: row.integer(2),
      endedAt: row.integer(3),
    }));
  }

  async forget(runIds: readonly string[], now: number): Promise<string[]> {
    return this.parts.database.write(() => {
      const gone = runIds.flatMap((runId) => this.#forgettable(runId, now));
      for (const runId of gone) this.#forgetOne(runId);
      return gone;
    });
  }

  async forgotten(): Promise<string[]> {
    return this.#read('SELECT run FROM forgotten_runs ORDER BY run', [], (row) => row.text(0));
  }

  async clear(runId: string): Promise<void> {
    const { database, uses } = this.parts;
    for (const [table, column] of LONG) while (this.#removePiece(table, column, runId)) await nextTurn();
    database.writeUnsynced(() => {
      for (const table of TABLES_OF_RUNS) database.prepare(`DELETE FROM ${table} WHERE run = ?`).run(runId);
      database.prepare('DELETE FROM dedup WHERE scope = ?').run(`run:${runId}`);
      database.prepare('DELETE FROM events WHERE scope = ?').run(runId);
      uses.giveUp(runId);
      database.prepare('DELETE FROM forgotten_runs WHERE run = ?').run(runId);
    });
  }

  async collectBlobs(options: { all?: boolean } = {}): Promise<{ blobs: number; bytes: number }> {
    if (options.all) await this.#findOrphans();
    const { database } = this.parts;
    const freed = { blobs: 0, bytes: 0 };
    if (this.#garbage(1).length === 0) return freed;
    // What made them garbage must not be undone by a power cut that comes after their removal.
    database.checkpoint('passive');
    for (let blobs = this.#garbage(PIECE_BLOBS); blobs.length > 0; blobs = this.#garbage(PIECE_BLOBS)) {
      this.#removeBlobs(blobs, freed);
      await nextTurn();
    }
    return freed;
  }

  /** The run and the runs it began, if all of them can go. */
  #forgettable(runId: string, now: number): string[] {
    const tree = this.parts.database.prepare(TREE).all([runId], (row) => ({
      id: row.text(0),
      status: row.text(1),
      owner: row.textOrUndefined(2),
      leaseUntil: row.integerOrUndefined(3) ?? 0,
      hasLeftovers: row.integer(4) === 1,
    }));
    const canGo = tree.every(
      ({ status, owner, leaseUntil, hasLeftovers }) =>
        [...SETTLED_RUN].some((each) => each === status) &&
        !hasLeftovers &&
        (owner === undefined || !this.parts.isHeld(owner, leaseUntil, now)),
    );
    return canGo ? tree.map(({ id }) => id) : [];
  }

  #forgetOne(runId: string): void {
    const { database } = this.parts;
    const texts = database
      .prepare('SELECT source_text, plan_text FROM run_values WHERE run = ?')
      .get([runId], (row) => [row.text(0), row.text(1)]);
    database.prepare('DELETE FROM runs WHERE id = ?').run(runId);
    database.prepare('DELETE FROM run_values WHERE run = ?').run(runId);
    database.prepare('INSERT INTO forgotten_runs (run) VALUES (?) ON CONFLICT DO NOTHING').run(runId);
    for (const hash of texts ?? [])
      database
        .prepare(
          `DELETE FROM workflows WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM run_values WHERE source_text = ?1)
           AND NOT EXISTS (SELECT 1 FROM run_values WHERE plan_text = ?1)`,
        )
        .run(hash);
  }

  /** @returns whether there may be more. */
  #removePiece(table: string, column: string, runId: string): boolean {
    const { database } = this.parts;
    return database.writeUnsynced(() => {
      const last = database
        .prepare(`SELECT ${column} FROM ${table} WHERE run = ? ORDER BY ${column} LIMIT 1 OFFSET ?`)
        .get([runId, PIECE_ROWS], (row) => row.integer(0));
      if (last === undefined) return false;
      database.prepare(`DELETE FROM ${table} WHERE run = ? AND ${column} < ?`).run(runId, last);
      return true;
    });
  }

  async #findOrphans(): Promise<void> {
    const { database, blobs, uses } = this.parts;
    for (const names of blobs.names()) {
      database.writeUnsynced(() => {
        for (const blob of names)
          if (!uses.isUsed(blob))
            database.prepare('INSERT INTO blob_garbage (blob) VALUES (?) ON CONFLICT DO NOTHING').run(blob);
      });
      await nextTurn();
    }
  }

  #garbage(limit: number): string[] {
    const { database } = this.parts;
    return database.read(() =>
      database
        .prepare('SELECT blob FROM blob_garbage ORDER BY blob LIMIT ?')
        .all([limit], (row) => row.text(0)),
    );
  }

  /** Under the lock: whoever comes to need one of them now finds it gone, and writes it again. */
  #removeBlobs(blobs: readonly string[], freed: { blobs: number; bytes: number }): void {
    const { database, uses } = this.parts;
    database.writeUnsynced(() => {
      for (const blob of blobs) {
        const bytes = uses.isUsed(blob) ? undefined : this.parts.blobs.remove(blob);
        database.prepare('DELETE FROM blob_garbage WHERE blob = ?').run(blob);
        if (bytes === undefined) continue;
        freed.blobs += 1;
        freed.bytes += bytes;
      }
    });
  }

  #read<T>(sql: string, values: SqlValue[], read: (row: RowReader) => T): T[] {
    const { database } = this.parts;
    return database.read(() => database.prepare(sql).all(values, read));
  }
}

/** Lets others of this process on. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
