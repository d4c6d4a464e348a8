/** Durable timers. */
import type { TimerRow } from '../port.ts';
import type { Database } from './database.ts';
import type { RowReader } from './statement.ts';

const COLUMNS = 'id, actor_path, name, due_at, policy, remaining_ms, run, step';

export class Timers {
  constructor(private readonly database: Database) {}

  put(runId: string, timer: TimerRow): void {
    this.database
      .prepare(`INSERT OR REPLACE INTO timers (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(
        timer.id,
        timer.actorPath,
        timer.name,
        timer.dueAt,
        timer.policy,
        timer.remainingMs,
        runId,
        timer.step,
      );
  }

  remove(runId: string, id: string): void {
    this.database.prepare('DELETE FROM timers WHERE run = ? AND id = ?').run(runId, id);
  }

  of(runId: string): TimerRow[] {
    return this.database
      .prepare(`SELECT ${COLUMNS} FROM timers WHERE run = ? ORDER BY due_at, id`)
      .all([runId], readTimer);
  }

  all(): (TimerRow & { runId: string })[] {
    return this.database
      .prepare(`SELECT ${COLUMNS} FROM timers ORDER BY due_at, run, id`)
      .all([], (row) => ({ ...readTimer(row), runId: row.text(6) }));
  }
}

function readTimer(row: RowReader): TimerRow {
  const remainingMs = row.integerOrUndefined(5);
  return {
    id: row.text(0),
    actorPath: row.text(1),
    name: row.text(2),
    step: row.textOrUndefined(7) ?? '',
    dueAt: row.integer(3),
    policy: row.text(4) as TimerRow['policy'],
    ...(remainingMs === undefined ? {} : { remainingMs }),
  };
}
