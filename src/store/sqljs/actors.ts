/** Actor rows: one per live state machine of a run. */
import type { ActorRow } from '../port.ts';
import type { Database } from './database.ts';

export class Actors {
  constructor(private readonly database: Database) {}

  put(runId: string, actor: ActorRow): void {
    this.database
      .prepare(
        `INSERT INTO actors (run, path, snapshot, children) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET snapshot = excluded.snapshot, children = excluded.children`,
      )
      .run(runId, actor.path, actor.snapshot, actor.children);
  }

  remove(runId: string, path: string): void {
    this.database.prepare('DELETE FROM actors WHERE run = ? AND path = ?').run(runId, path);
  }

  of(runId: string): ActorRow[] {
    return this.database
      .prepare('SELECT path, snapshot, children FROM actors WHERE run = ? ORDER BY path')
      .all([runId], (row) => ({ path: row.text(0), snapshot: row.text(1), children: row.text(2) }));
  }
}
