/** The rows the crash tests write: a log that must never have a gap, and large rows that come and go beside it. */
import type { Database } from '../../../src/store/sqljs/database.ts';
import { integers, integrity } from './open-database.ts';

export function createLog(database: Database): void {
  database.write(() =>
    database.execute('CREATE TABLE log (n INTEGER PRIMARY KEY, payload TEXT); CREATE TABLE big (b BLOB)'),
  );
}

/** Small cache and WAL, so that pages spill before the commit and checkpoints come often. */
export function cramp(database: Database, checkpointPages: number): void {
  database.read(() => database.execute(`PRAGMA cache_size=5; PRAGMA wal_autocheckpoint=${checkpointPages}`));
}

export function lastEntry(database: Database): number {
  return integers(database, 'SELECT coalesce(max(n), 0) FROM log')[0] ?? 0;
}

/** Appends one entry; every few entries a large row is added, or all of them removed. Gives its number. */
export function append(database: Database, round: number, how: 'write' | 'writeUnsynced' = 'write'): number {
  return database[how](() => {
    const n =
      (database.prepare('SELECT coalesce(max(n), 0) FROM log').get([], (row) => row.integer(0)) ?? 0) + 1;
    database.prepare('INSERT INTO log (n, payload) VALUES (?, ?)').run(n, 'p'.repeat(400 + (n % 7) * 200));
    if (round % 4 === 1) database.prepare('INSERT INTO big (b) VALUES (randomblob(30000))').run();
    if (round % 4 === 3) database.prepare('DELETE FROM big').run();
    return n;
  });
}

/** What is wrong with the database, given that entry `acknowledged` was confirmed; empty when nothing is. */
export function flaws(database: Database, acknowledged: number): string[] {
  const found: string[] = [];
  const state = integrity(database);
  if (state !== 'ok') found.push(`integrity check: ${state}`);
  const entries = integers(database, 'SELECT n FROM log ORDER BY n');
  const gap = entries.findIndex((n, index) => n !== index + 1);
  if (gap >= 0) found.push(`entry ${gap + 1} is missing`);
  if (entries.length < acknowledged)
    found.push(`${entries.length} entries, but ${acknowledged} were confirmed`);
  return found;
}
