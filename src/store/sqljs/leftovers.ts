/** What is to be cleaned up after runs. */
import type { LeftoverRow, LeftoverStore } from '../port.ts';
import { SETTLED_RUN } from '../port.ts';
import type { Database } from './database.ts';
import { fromText } from './json.ts';

const SETTLED = [...SETTLED_RUN].map((status) => `'${status}'`).join(', ');

export class Leftovers implements LeftoverStore {
  constructor(private readonly database: Database) {}

  /** In a transaction. */
  put(runId: string, { key, kind, what }: LeftoverRow): void {
    this.database
      .prepare('INSERT OR REPLACE INTO leftovers (run, key, kind, what) VALUES (?, ?, ?, ?)')
      .run(runId, key, kind, JSON.stringify(what));
  }

  /** In a transaction. */
  drop(runId: string, key: string): void {
    this.database.prepare('DELETE FROM leftovers WHERE run = ? AND key = ?').run(runId, key);
  }

  async ofEndedRuns(): Promise<(LeftoverRow & { runId: string })[]> {
    return this.database.read(() =>
      this.database
        .prepare(
          `SELECT l.run, l.key, l.kind, l.what FROM leftovers l JOIN runs r ON r.id = l.run WHERE r.status IN (${SETTLED})`,
        )
        .all([], (row) => ({
          runId: row.text(0),
          key: row.text(1),
          kind: row.text(2),
          what: fromText<LeftoverRow['what']>(row.text(3)),
        })),
    );
  }

  async remove(runId: string, key: string): Promise<void> {
    this.database.write(() => this.drop(runId, key));
  }
}
