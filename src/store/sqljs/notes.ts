/** Notes of attempts, in the order they were written. */
import type { NoteRow, NoteStore } from '../port.ts';
import type { Database } from './database.ts';
import { fromText } from './json.ts';

export class Notes implements NoteStore {
  constructor(private readonly database: Database) {}

  put(runId: string, { path, epoch, number, attempt, body }: NoteRow): void {
    this.database
      .prepare(
        'INSERT OR REPLACE INTO notes (run, path, epoch, number, attempt, body) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(runId, path, epoch, number, attempt, JSON.stringify(body));
  }

  async of(runId: string, path: string, epoch: number): Promise<NoteRow[]> {
    return this.database.read(() => this.#rows(runId, path, epoch));
  }

  #rows(runId: string, path: string, epoch: number): NoteRow[] {
    return this.database
      .prepare(
        'SELECT number, attempt, body FROM notes WHERE run = ? AND path = ? AND epoch = ? ORDER BY number',
      )
      .all([runId, path, epoch], (row) => ({
        path,
        epoch,
        number: row.integer(0),
        attempt: row.integer(1),
        body: fromText<NoteRow['body']>(row.text(2)),
      }));
  }
}
