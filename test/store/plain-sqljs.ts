/** sql.js as its authors meant it, on a copy in memory: an independent look at our files without the sqlite3 shell. */
import { readFileSync } from 'node:fs';
import initSqlJs from 'sql.js';

export async function queryWithPlainSqljs(path: string, sql: string): Promise<unknown[][]> {
  const engine = await initSqlJs();
  const bytes = new Uint8Array(readFileSync(path));
  bytes[18] = 1; // it cannot open WAL mode in its memory file system
  bytes[19] = 1;
  const database = new engine.Database(bytes);
  try {
    return database.exec(sql).flatMap(({ values }) => values);
  } finally {
    database.close();
  }
}
