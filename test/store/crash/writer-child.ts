/** Adds to a shared counter and its own log until it is killed. Args: database, name, acknowledgement file. */
import { openSync, writeSync } from 'node:fs';
import { openDatabase } from './open-database.ts';

const [path = '', name = '', acknowledgements = ''] = process.argv.slice(2);
const database = await openDatabase(path);
const file = openSync(acknowledgements, 'a');

function addOne(): number {
  return database.write(() => {
    const n = database.prepare('SELECT n FROM counter').get([], (row) => row.integer(0)) ?? 0;
    const mine =
      database
        .prepare('SELECT coalesce(max(seq), 0) FROM log WHERE writer = ?')
        .get([name], (row) => row.integer(0)) ?? 0;
    database.prepare('UPDATE counter SET n = ?').run(n + 1);
    database
      .prepare('INSERT INTO log (n, writer, seq, payload) VALUES (?, ?, ?, ?)')
      .run(n + 1, name, mine + 1, 'p'.repeat(300 + Math.floor(Math.random() * 3000)));
    return mine + 1;
  });
}

for (;;) writeSync(file, `${addOne()}\n`);
