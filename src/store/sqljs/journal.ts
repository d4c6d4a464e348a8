/** The journal: the machine events of each turn, append only. */
import type { JournalRow } from '../port.ts';
import type { Database } from './database.ts';

export class Journal {
  constructor(private readonly database: Database) {}

  append(runId: string, row: JournalRow): void {
    this.database
      .prepare('INSERT INTO journal (run, seq, ts, entries) VALUES (?, ?, ?, ?)')
      .run(runId, row.seq, row.ts, row.entries);
  }

  of(runId: string, options: { from?: number; limit?: number }): JournalRow[] {
    return this.database
      .prepare('SELECT seq, ts, entries FROM journal WHERE run = ? AND seq >= ? ORDER BY seq LIMIT ?')
      .all([runId, options.from ?? 0, options.limit ?? -1], (row) => ({
        seq: row.integer(0),
        ts: row.integer(1),
        entries: row.text(2),
      }));
  }
}
