/** docs/storage.md names what is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { NEWEST_VERSION } from '../../src/store/sqljs/migrations/index.ts';
import { ROOT } from '../house/tree.ts';
import { inTemporaryFolder } from './fixtures.ts';
import { queryWithPlainSqljs } from './plain-sqljs.ts';

const page = readFileSync(join(ROOT, 'docs/storage.md'), 'utf8');

it('the page has a line for every table', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.db');
    await (await openStore({ path })).close();
    const tables = await queryWithPlainSqljs(
      path,
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    const told = new Set(
      [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(
        ([, names = '']) => names.match(/\w+/g) ?? [],
      ),
    );
    expect(tables.flat().filter((name) => !told.has(String(name)))).toEqual([]);
    expect(tables.length).toBeGreaterThan(20);
  });
});

it('a rescued database is marked with the schema of today', () => {
  expect(page).toContain(`pragma user_version = ${NEWEST_VERSION};`);
});
