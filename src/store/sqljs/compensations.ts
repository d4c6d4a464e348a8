/** The undo stack of a run. */
import type { Failure } from '../../kernel/failure.ts';
import type { CompensationRow, CompensationStatus } from '../port.ts';
import type { Database } from './database.ts';
import { fromText, toText } from './json.ts';

export class Compensations {
  constructor(private readonly database: Database) {}

  put(runId: string, row: CompensationRow): void {
    this.database
      .prepare(
        'INSERT OR REPLACE INTO compensations (run, path, status, completion_order, error) VALUES (?, ?, ?, ?, ?)',
      )
      .run(runId, row.path, row.status, row.order, toText(row.error));
  }

  /** By completion order; those that are only armed first. */
  of(runId: string): CompensationRow[] {
    return this.database
      .prepare(
        'SELECT path, status, completion_order, error FROM compensations WHERE run = ? ORDER BY completion_order, path',
      )
      .all([runId], (row) => {
        const order = row.integerOrUndefined(2);
        const error = row.textOrUndefined(3);
        return {
          path: row.text(0),
          status: row.text(1) as CompensationStatus,
          ...(order === undefined ? {} : { order }),
          ...(error === undefined ? {} : { error: fromText<Failure>(error) }),
        };
      });
  }
}
