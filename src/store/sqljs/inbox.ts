/** Events left by other processes for the owner of a run. */
import type { JsonObject } from '../../kernel/json.ts';
import type { InboxRow } from '../port.ts';
import type { Database } from './database.ts';
import { fromText } from './json.ts';

export class Inbox {
  /** What the last look found, good until somebody writes. */
  #seen: { runs: ReadonlySet<string>; rows: InboxRow[] } | undefined;
  #foreignWrites = -1;

  constructor(private readonly database: Database) {}

  put(runId: string, event: JsonObject & { type: string }, now: number): void {
    this.#seen = undefined;
    this.database
      .prepare('INSERT INTO inbox (run, event, created_at) VALUES (?, ?, ?)')
      .run(runId, JSON.stringify(event), now);
  }

  remove(runId: string, id: number): void {
    this.#seen = undefined;
    this.database.prepare('DELETE FROM inbox WHERE id = ? AND run = ?').run(id, runId);
  }

  /** In the transaction that may have changed them: what no look has found yet. */
  leftFor(runId: string): InboxRow[] {
    return this.#find([runId]);
  }

  /** Costs one 8-byte read while no other process writes. */
  of(runIds: readonly string[]): InboxRow[] {
    const { database } = this;
    const seen = this.#seen;
    const unchanged = this.#foreignWrites === database.foreignWrites && !database.changedElsewhere();
    if (seen !== undefined && unchanged && runIds.every((id) => seen.runs.has(id))) {
      return seen.rows.filter((row) => runIds.includes(row.runId));
    }
    return database.read(() => {
      const rows = this.#find(runIds);
      this.#seen = { runs: new Set(runIds), rows };
      this.#foreignWrites = database.foreignWrites;
      return rows;
    });
  }

  #find(runIds: readonly string[]): InboxRow[] {
    return this.database
      .prepare(
        'SELECT id, run, event, created_at FROM inbox WHERE run IN (SELECT value FROM json_each(?)) ORDER BY id',
      )
      .all([JSON.stringify(runIds)], (row) => ({
        id: row.integer(0),
        runId: row.text(1),
        event: fromText<InboxRow['event']>(row.text(2)),
        createdAt: row.integer(3),
      }));
  }
}
