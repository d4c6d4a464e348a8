/** Databases of every earlier schema are brought up to date with all that is in them. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { initial } from '../../src/store/sqljs/migrations/0001-initial.ts';
import { NEWEST_VERSION } from '../../src/store/sqljs/migrations/index.ts';
import { openDatabase } from './crash/open-database.ts';
import { aStep, inTemporaryFolder } from './fixtures.ts';
import { queryWithPlainSqljs } from './plain-sqljs.ts';

const VERSION_1_CONTENT = `
INSERT INTO workflows VALUES ('h', 'name: release'), ('p', '{}');
INSERT INTO runs (id, workflow, status, started_at, seq) VALUES ('r1', 'release', 'running', 1, 7);
INSERT INTO run_values (run, cwd, source_hash, plan_hash, engine_version, tags, inputs, pinned, source_text, plan_text)
  VALUES ('r1', '/', 'h', 'p', '0.1.0', '[]', '{}', '{}', 'h', 'p');
INSERT INTO journal VALUES ('r1', 7, 1, '[]');
INSERT INTO steps (run, position, epoch, attempt, path, kind, status)
  VALUES ('r1', 1, 0, 1, 'b', 'shell', 'failed'), ('r1', 2, 0, 1, 'a', 'shell', 'success');
`;

it('a run of schema 1 goes on: its steps keep their positions, new ones come after them', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.db');
    const old = await openDatabase(path);
    old.write(() => old.execute(`${initial.sql}; ${VERSION_1_CONTENT}; PRAGMA user_version=1`));
    old.close();
    await expect(openStore({ path, readonly: true })).rejects.toMatchObject({ code: 'STORE_OLDER' });

    const store = await openStore({ path });
    expect((await store.run('r1'))?.seq).toBe(7);
    await store.commit([{ runId: 'r1', steps: [aStep('c'), aStep('b', { attempt: 2 })] }]);
    expect((await store.steps('r1', { all: true })).map((row) => [row.path, row.attempt])).toEqual([
      ['b', 1],
      ['b', 2],
      ['a', 1],
      ['c', 1],
    ]);
    await store.close();
    expect(await queryWithPlainSqljs(path, 'PRAGMA user_version')).toEqual([[NEWEST_VERSION]]);
    expect(await queryWithPlainSqljs(path, 'PRAGMA integrity_check')).toEqual([['ok']]);
  });
});
