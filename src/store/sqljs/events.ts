/** Events kept for `wait` steps until they are taken or expire. */
import type { EventRow, NewEvent } from '../port.ts';
import type { Database } from './database.ts';
import { fromText } from './json.ts';
import type { RowReader } from './statement.ts';

const COLUMNS = 'id, name, data, scope, ts, expires_at, taken_by';

export class Events {
  /** What the last look found, good until somebody writes. */
  #seen: { names: ReadonlySet<string>; rows: EventRow[] } | undefined;
  #foreignWrites = -1;
  /** By name: the last event a process was given, and when it looked. */
  readonly #offered = new Map<string, { id: number; now: number }>();

  constructor(private readonly database: Database) {}

  /** @returns the id, the one it was first kept under when the key is known. */
  put(event: NewEvent): number {
    this.#seen = undefined;
    this.database.prepare('DELETE FROM events WHERE expires_at <= ?').run(event.ts);
    const { name, data, scope, ts, expiresAt, key } = event;
    this.database
      .prepare(
        'INSERT INTO events (name, data, scope, ts, expires_at, key) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(name, JSON.stringify(data), scope, ts, expiresAt, key);
    const id =
      key === undefined
        ? this.database.prepare('SELECT last_insert_rowid()').get([], (row) => row.integer(0))
        : this.database.prepare('SELECT id FROM events WHERE key = ?').get([key], (row) => row.integer(0));
    return id ?? 0;
  }

  take(id: number, takenBy: string): boolean {
    this.#seen = undefined;
    this.database
      .prepare('UPDATE events SET taken_by = ? WHERE id = ? AND taken_by IS NULL')
      .run(takenBy, id);
    const taker = this.database
      .prepare('SELECT taken_by FROM events WHERE id = ?')
      .get([id], (row) => row.textOrUndefined(0));
    return taker === takenBy;
  }

  /** Costs one 8-byte read while nobody writes. */
  of(names: readonly string[], now: number): EventRow[] {
    const { database } = this;
    const seen = this.#seen;
    const unchanged = this.#foreignWrites === database.foreignWrites && !database.changedElsewhere();
    if (seen === undefined || !unchanged || !names.every((name) => seen.names.has(name))) {
      const rows = database.read(() => this.#find(names));
      this.#seen = { names: new Set(names), rows };
      this.#foreignWrites = database.foreignWrites;
    }
    const rows = (this.#seen?.rows ?? []).filter(
      ({ name, expiresAt }) => expiresAt > now && names.includes(name),
    );
    for (const name of names) this.#offered.set(name, { id: this.#offered.get(name)?.id ?? 0, now });
    for (const { name, id } of rows) this.#offered.set(name, { id, now });
    return rows;
  }

  /** When the first event of these names was sent that nobody here has been given, or has taken; undefined: there is none. */
  unseenSince(names: readonly string[]): number | undefined {
    const unseen = names.flatMap((name) => {
      const { id = 0, now = 0 } = this.#offered.get(name) ?? {};
      const ts = this.database
        .prepare(
          'SELECT ts FROM events WHERE name = ? AND id > ? AND expires_at > ? AND taken_by IS NULL ORDER BY id LIMIT 1',
        )
        .get([name, id, now], (row) => row.integer(0));
      return ts ?? [];
    });
    return unseen.length === 0 ? undefined : Math.min(...unseen);
  }

  #find(names: readonly string[]): EventRow[] {
    return this.database
      .prepare(`SELECT ${COLUMNS} FROM events WHERE name IN (SELECT value FROM json_each(?)) ORDER BY id`)
      .all([JSON.stringify(names)], readEvent);
  }
}

function readEvent(row: RowReader): EventRow {
  const scope = row.textOrUndefined(3);
  const takenBy = row.textOrUndefined(6);
  return {
    id: row.integer(0),
    name: row.text(1),
    data: fromText(row.text(2)),
    ...(scope !== undefined && { scope }),
    ts: row.integer(4),
    expiresAt: row.integer(5),
    ...(takenBy !== undefined && { takenBy }),
  };
}
