/** The reference of everything durable: better-sqlite3, WAL, synchronous=FULL, one insert per transaction. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { temporaryFolder } from './projects.mjs';

/** The size of what keystone writes for a step that does nothing, about. */
const ROW = 'x'.repeat(100);

/** @returns {(count: number) => number} inserts that many rows one after another; gives ms per row */
export function openReference() {
  const Database = createRequire(import.meta.url)('better-sqlite3');
  const database = new Database(join(temporaryFolder(), 'reference.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('create table steps (id integer primary key, body text)');
  const insert = database.prepare('insert into steps (body) values (?)');
  return (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) insert.run(ROW);
    return (performance.now() - start) / count;
  };
}
