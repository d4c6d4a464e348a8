/** Appends four entries and kills itself just before the n-th operation on the files. Args: database, n, acknowledgement file. */
import { openSync, writeSync } from 'node:fs';
import { append, cramp } from './log-workload.ts';
import { openDatabase } from './open-database.ts';

const [path = '', fatal = '0', acknowledgements = ''] = process.argv.slice(2);
let armed = false;
let operations = 0;
const database = await openDatabase(path, {
  observer: () => {
    if (!armed) return;
    operations += 1;
    if (operations === Number(fatal)) process.kill(process.pid, 'SIGKILL');
  },
});
cramp(database, 6);
const file = openSync(acknowledgements, 'a');
armed = true;
for (let round = 0; round < 4; round += 1) writeSync(file, `${append(database, round)}\n`);
database.close();
process.stdout.write(String(operations));
