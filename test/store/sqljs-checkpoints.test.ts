/** When the WAL is moved into the database, how far it grows meanwhile, and how often the disk is waited for. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Database } from '../../src/store/sqljs/database.ts';
import type { VfsEvent } from '../../src/store/sqljs/vfs/database-file.ts';
import { openDatabase } from './crash/open-database.ts';
import { inTemporaryFolder } from './fixtures.ts';

const FRAME_BYTES = 4120;

function counting() {
  const seen = { walSyncs: 0, databaseSyncs: 0, walFrames: 0 };
  const observer = ({ op, path, offset = 0, data }: VfsEvent): void => {
    const isWal = path.endsWith('-wal');
    if (op === 'sync' && isWal) seen.walSyncs += 1;
    if (op === 'sync' && !isWal) seen.databaseSyncs += 1;
    const isReserve = data?.every((byte) => byte === 0);
    if (op === 'write' && isWal && !isReserve)
      seen.walFrames = Math.max(seen.walFrames, Math.floor((offset + (data?.length ?? 0)) / FRAME_BYTES));
  };
  return { seen, observer };
}

/** Each commit is of two or three pages. */
function commits(database: Database, count: number): void {
  for (let n = 0; n < count; n += 1) {
    database.write(() => database.prepare('INSERT INTO t (text) VALUES (?)').run('x'.repeat(3000)));
  }
}

const createTable = (database: Database): void =>
  database.write(() => database.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)'));

it('a process that is alone lets the WAL grow to 1000 pages, and needs one sync a commit but for the checkpoints', async () => {
  await inTemporaryFolder(async (folder) => {
    const { seen, observer } = counting();
    const database = await openDatabase(join(folder, 'state.db'), { observer });
    createTable(database);
    commits(database, 10);
    seen.walSyncs = 0;
    commits(database, 1500);
    expect(seen.walFrames).toBeGreaterThanOrEqual(1000);
    expect(seen.walFrames).toBeLessThan(1010);
    expect(seen.databaseSyncs).toBeGreaterThanOrEqual(2);
    // The WAL need not be synced before a checkpoint, and once for its new header after it.
    expect(seen.walSyncs).toBe(1500 + seen.databaseSyncs);
    database.close();
  });
});

it('a process beside which another one writes keeps the WAL at 250 pages', async () => {
  await inTemporaryFolder(async (folder) => {
    const { seen, observer } = counting();
    const path = join(folder, 'state.db');
    const database = await openDatabase(path, { observer });
    const other = await openDatabase(path);
    createTable(database);
    for (let n = 0; n < 8; n += 1) {
      commits(other, 1);
      commits(database, 40);
    }
    expect(seen.databaseSyncs).toBeGreaterThanOrEqual(2);
    expect(seen.walFrames).toBeLessThan(260);
    other.close();
    database.close();
  });
});

it('a WAL that another process wrote to without waiting for the disk is synced before a checkpoint', async () => {
  await inTemporaryFolder(async (folder) => {
    const { seen, observer } = counting();
    const path = join(folder, 'state.db');
    const database = await openDatabase(path, { observer });
    createTable(database);
    const other = await openDatabase(path, { durability: 'normal' });
    commits(other, 3);
    Object.assign(seen, { walSyncs: 0, databaseSyncs: 0 });
    database.checkpoint('passive');
    expect(seen).toMatchObject({ walSyncs: 1, databaseSyncs: 1 });
    database.checkpoint('passive');
    expect(seen.walSyncs).toBe(1);
    other.close();
    database.close();
  });
});

it('a commit that need not survive a power cut waits for no disk, and the next one syncs both', async () => {
  await inTemporaryFolder(async (folder) => {
    const { seen, observer } = counting();
    const database = await openDatabase(join(folder, 'state.db'), { observer });
    createTable(database);
    seen.walSyncs = 0;
    database.writeUnsynced(() => database.execute("INSERT INTO t (text) VALUES ('a')"));
    expect(seen.walSyncs).toBe(0);
    commits(database, 1);
    expect(seen.walSyncs).toBe(1);
    database.close();
  });
});
