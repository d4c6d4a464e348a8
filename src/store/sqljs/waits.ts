/** Steps that wait for an event or a person, over all runs. */
import type { WaitRow } from '../port.ts';
import type { Database } from './database.ts';
import { fromText } from './json.ts';

const COLUMNS = 'run, path, wait_for, name, since, due_at, detail';

export class Waits {
  constructor(private readonly database: Database) {}

  put(runId: string, wait: WaitRow): void {
    const { path, name, since, dueAt, detail } = wait;
    this.database
      .prepare(`INSERT OR REPLACE INTO waits (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
      .run(runId, path, wait.for, name, since, dueAt, JSON.stringify(detail));
  }

  remove(runId: string, path: string): void {
    this.database.prepare('DELETE FROM waits WHERE run = ? AND path = ?').run(runId, path);
  }

  list({ runId, event }: { runId?: string; event?: string }): (WaitRow & { runId: string })[] {
    const conditions = [
      ...(runId === undefined ? [] : ['run = ?']),
      ...(event === undefined ? [] : ["wait_for = 'event' AND name = ?"]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.database.prepare(`SELECT ${COLUMNS} FROM waits ${where} ORDER BY since, run, path`).all(
      [runId, event].filter((value) => value !== undefined),
      (row) => {
        const dueAt = row.integerOrUndefined(5);
        return {
          runId: row.text(0),
          path: row.text(1),
          for: row.text(2) as WaitRow['for'],
          name: row.text(3),
          since: row.integer(4),
          ...(dueAt !== undefined && { dueAt }),
          detail: fromText<WaitRow['detail']>(row.text(6)),
        };
      },
    );
  }
}
