/** Forgetting runs, as the sql.js backend does it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { retention } from '../../src/store/sqljs/migrations/0011-retention.ts';
import { TABLES_OF_RUNS } from '../../src/store/sqljs/retention.ts';
import { openDatabase } from './crash/open-database.ts';
import { aStep, begin, inTemporaryFolder } from './fixtures.ts';
import { queryWithPlainSqljs } from './plain-sqljs.ts';

/** Rows of these have a run, but do not simply go with it. */
const OTHERWISE = ['run_values', 'dedup', 'forgotten_runs'];

it('every table of runs is known to forgetting', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.db');
    await (await openStore({ path })).close();
    const tables = await queryWithPlainSqljs(
      path,
      `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'run'`,
    );
    expect(tables.map(([name]) => String(name)).sort()).toEqual([...TABLES_OF_RUNS, ...OTHERWISE].sort());
  });
});

it('texts of workflows go with the last run that was begun with them', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.db');
    const store = await openStore({ path });
    await store.commit([begin('r1', { status: 'success' }), begin('r2', { status: 'success' })]);
    await store.retention.forget(['r1'], 1);
    await store.close();
    const texts = await queryWithPlainSqljs(path, 'SELECT text FROM workflows ORDER BY text');
    expect(texts).toEqual([['name: r2'], ['{"steps":[]}']]);
  });
});

it('blobs of runs and results from before their holders were written down are kept with them', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.db');
    const store = await openStore({ path });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => store.blobs.put(Buffer.from(text), 'old'));
    const large = 'x'.repeat(100_000);
    await store.commit([
      begin('r1', { status: 'success', inputs: { file: { ...a } as never } }),
      { runId: 'r1', steps: [aStep('s', { output: b as never, raw: { list: [{ ...c }] } as never })] },
      begin('r2', { status: 'success' }),
      { runId: 'r2', steps: [aStep('s', { output: large })], run: { outputs: { file: { ...d } as never } } },
    ]);
    await store.close();
    // As it was before: the same rows, but nobody knows who holds what.
    const database = await openDatabase(path);
    const backfill = retention.sql.slice(retention.sql.indexOf('INSERT OR IGNORE'));
    const before = `DELETE FROM blob_uses; DELETE FROM blob_garbage; ${backfill}`;
    database.write(() => database.execute(before));
    database.close();
    const held = await queryWithPlainSqljs(path, 'SELECT holder, count(*) FROM blob_uses GROUP BY holder');
    expect(held).toEqual([
      ['r1', 3],
      ['r2', 2],
    ]);
    const again = await openStore({ path });
    expect(await again.retention.collectBlobs({ all: true })).toEqual({ blobs: 0, bytes: 0 });
    expect(await again.steps('r2')).toMatchObject([{ output: large }]);
    await again.close();
  });
});

it('files that are no blobs are left alone', async () => {
  await inTemporaryFolder(async (folder) => {
    const store = await openStore({ path: join(folder, 'state.db') });
    const { blob } = store.blobs.put(Buffer.from('a'), 'r1');
    const other = join(folder, 'blobs', blob.slice(0, 2), 'README');
    writeFileSync(other, 'mine');
    await store.retention.clear('r1');
    expect(await store.retention.collectBlobs({ all: true })).toEqual({ blobs: 1, bytes: 1 });
    writeFileSync(other, 'still here', { flag: 'r+' });
    await store.close();
  });
});
