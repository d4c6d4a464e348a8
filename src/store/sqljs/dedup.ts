/** Names of effects: who has one in flight, and the results of those that were had. */
import { type DedupFilter, type DedupKey, type DedupRow, type RunStatus, SETTLED_RUN } from '../port.ts';
import type { Database } from './database.ts';
import type { RowReader, SqlValue } from './statement.ts';

/** A row whose large values are already in the blob store. */
export interface EncodedDedup {
  row: DedupRow;
  output: string | null;
  raw: string | null;
}
/** A row as it was read, with its values still as text. */
export interface StoredDedup {
  row: DedupRow;
  output: string | undefined;
  raw: string | undefined;
}
export interface Holder {
  owner: string | undefined;
  leaseUntil: number;
}

const COLUMNS =
  'scope, hash, label, fingerprint, workflow, kind, run, path, status, since, finished_at, expires_at, output, raw';
const UPSERT = `
INSERT INTO dedup (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET label = excluded.label, fingerprint = excluded.fingerprint, workflow = excluded.workflow,
  kind = excluded.kind, run = excluded.run, path = excluded.path, status = excluded.status, since = excluded.since,
  finished_at = excluded.finished_at, expires_at = excluded.expires_at, output = excluded.output, raw = excluded.raw
WHERE scope = 'memo' OR (run = excluded.run AND path = excluded.path AND status = 'in-flight')`;

/** Name under which steps wait for a key. */
export const waitNameOf = ({ scope, hash }: DedupKey): string => `${scope} ${hash}`;

export class Dedup {
  constructor(private readonly database: Database) {}

  put({ row, output, raw }: EncodedDedup): void {
    const { scope, hash, label, fingerprint, workflow, kind, runId, path, status } = row;
    const facts = [scope, hash, label, fingerprint, workflow, kind, runId, path, status];
    this.database.prepare(UPSERT).run(...facts, row.since, row.finishedAt, row.expiresAt, output, raw);
  }

  find({ scope, hash }: DedupKey, now: number): StoredDedup | undefined {
    return this.database
      .prepare(
        `SELECT ${COLUMNS} FROM dedup WHERE scope = ? AND hash = ? AND (expires_at IS NULL OR expires_at > ?)`,
      )
      .get([scope, hash, now], readDedup);
  }

  /** A step ended without a result. */
  release(runId: string, { scope, hash, path }: DedupKey & { path: string }): void {
    this.database
      .prepare(
        "DELETE FROM dedup WHERE scope = ? AND hash = ? AND run = ? AND path = ? AND status = 'in-flight'",
      )
      .run(scope, hash, runId, path);
  }

  remove({ scope, hash }: DedupKey): void {
    this.database.prepare('DELETE FROM dedup WHERE scope = ? AND hash = ?').run(scope, hash);
  }

  prune(now: number): number {
    const count = this.database
      .prepare('SELECT count(*) FROM dedup WHERE expires_at <= ?')
      .get([now], (row) => row.integer(0));
    if (count !== undefined && count > 0)
      this.database.prepare('DELETE FROM dedup WHERE expires_at <= ?').run(now);
    return count ?? 0;
  }

  list({ runId, hash }: DedupFilter): DedupRow[] {
    const conditions: string[] = [];
    const values: SqlValue[] = [];
    if (runId !== undefined) {
      conditions.push('run = ?');
      values.push(runId);
    }
    if (hash !== undefined) {
      conditions.push('hash >= ? AND hash < ?');
      values.push(hash, `${hash}g`); // after all hexadecimal digits
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.database
      .prepare(`SELECT ${COLUMNS} FROM dedup ${where} ORDER BY since DESC, run, path, scope`)
      .all(values, (row) => readDedup(row).row);
  }

  /** Who must end before a key of this run is free; undefined for a run that has ended or is not known. */
  holder(runId: string): Holder | undefined {
    const found = this.database
      .prepare('SELECT status, owner, lease_until FROM runs WHERE id = ?')
      .get([runId], (row) => ({
        status: row.text(0) as RunStatus,
        owner: row.textOrUndefined(1),
        leaseUntil: row.integerOrUndefined(2) ?? 0,
      }));
    return found === undefined || SETTLED_RUN.has(found.status) ? undefined : found;
  }

  /** Whether `ancestor` began `runId`, directly or not. */
  descends(runId: string, ancestor: string): boolean {
    for (let at: string | undefined = runId; at !== undefined; ) {
      at = this.database
        .prepare('SELECT parent_run FROM runs WHERE id = ?')
        .get([at], (row) => row.textOrUndefined(0));
      if (at === ancestor) return true;
    }
    return false;
  }

  /** Runs that wait for a key. */
  waiting(key: DedupKey): string[] {
    return this.database
      .prepare("SELECT run FROM waits WHERE wait_for = 'key' AND name = ?")
      .all([waitNameOf(key)], (row) => row.text(0));
  }
}

function readDedup(row: RowReader): StoredDedup {
  const finishedAt = row.integerOrUndefined(10);
  const expiresAt = row.integerOrUndefined(11);
  return {
    row: {
      scope: row.text(0),
      hash: row.text(1),
      label: row.text(2),
      fingerprint: row.text(3),
      workflow: row.text(4),
      kind: row.text(5),
      runId: row.text(6),
      path: row.text(7),
      status: row.text(8) as DedupRow['status'],
      since: row.integer(9),
      ...(finishedAt !== undefined && { finishedAt }),
      ...(expiresAt !== undefined && { expiresAt }),
    },
    output: row.textOrUndefined(12),
    raw: row.textOrUndefined(13),
  };
}
