/** What the sql.js backend leaves on disk, and that other SQLite programs can read it. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { EXPORTS, IMPORTS } from '../../src/store/sqljs/symbols.ts';
import { aStep, begin, inTemporaryFolder } from './fixtures.ts';
import { queryWithPlainSqljs } from './plain-sqljs.ts';

const hasShell = (() => {
  try {
    execFileSync('sqlite3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const shell = (path: string, sql: string): string =>
  execFileSync('sqlite3', [path, sql], { encoding: 'utf8' }).trim();

describe('the database file', () => {
  it('is complete after closing: one file any SQLite can read, and an empty WAL', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.db');
      const store = await openStore({ path });
      await store.commit([
        begin('r1', { status: 'success', startedAt: 1_700_000_000_000 }),
        { runId: 'r1', steps: [aStep('a')] },
      ]);
      await store.close();
      expect(fs.statSync(`${path}.ks-wal`).size).toBe(0);
      const sql = "SELECT id, status, datetime(started_at / 1000, 'unixepoch') FROM runs";
      expect(await queryWithPlainSqljs(path, sql)).toEqual([['r1', 'success', '2023-11-14 22:13:20']]);
      expect(await queryWithPlainSqljs(path, 'PRAGMA integrity_check')).toEqual([['ok']]);
    });
  });

  it('is readable only for its user', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'sub', 'state.db');
      await (await openStore({ path })).close();
      expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    });
  });

  it.runIf(hasShell)(
    'shows settled runs to the sqlite3 shell after a checkpoint, while the store stays open',
    async () => {
      await inTemporaryFolder(async (folder) => {
        const path = join(folder, 'state.db');
        const store = await openStore({ path });
        await store.commit([begin('r1', { status: 'success' })]);
        await store.checkpoint();
        expect(shell(path, 'SELECT id, status FROM runs')).toBe('r1|success');
        await store.commit([begin('r2')]);
        expect(shell(path, 'SELECT count(*) FROM runs; PRAGMA integrity_check')).toBe('1\nok');
        await store.commit([begin('r3')]);
        expect(await store.runIds('r')).toEqual(['r1', 'r2', 'r3']);
        await store.close();
        expect(shell(path, 'SELECT count(*) FROM runs')).toBe('3');
      });
    },
  );

  it('stays small when rows come and go', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.db');
      const store = await openStore({ path, durability: 'normal' });
      await store.commit([begin('r1')]);
      const snapshot = 'x'.repeat(3000);
      for (let n = 0; n < 500; n += 1) {
        const actors = [{ path: `run/s${n}`, snapshot, children: '[]' }];
        await store.commit([{ runId: 'r1', actors, actorsGone: [`run/s${n - 1}`] }]);
      }
      await store.close();
      expect(fs.statSync(path).size).toBeLessThan(200_000);
    });
  });
});

describe('the lock folder', () => {
  it('holds one FIFO that is handed on from process to process', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.db');
      for (let n = 0; n < 3; n += 1) await (await openStore({ path })).close();
      const left = fs.readdirSync(`${path}.locks`);
      expect(left.filter((name) => name.startsWith('spare-'))).toHaveLength(1);
      expect(left.filter((name) => !name.startsWith('spare-'))).toEqual(['seq']);
    });
  });
});

describe('blobs', () => {
  it('hold what is too large for a row, as JSON text under its sha256', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.db');
      const store = await openStore({ path, blobThresholdBytes: 100 });
      await store.commit([
        begin('r1'),
        {
          runId: 'r1',
          steps: [aStep('a', { output: 'x'.repeat(98) }), aStep('b', { output: 'y'.repeat(99) })],
        },
      ]);
      await store.close();
      const [[a, b] = []] = await queryWithPlainSqljs(
        path,
        "SELECT group_concat(output, ' ') FROM steps",
      ).then(([row]) => [String(row?.[0]).split(' ')]);
      expect(a).toBe(`"${'x'.repeat(98)}"`);
      const address = /^@([0-9a-f]{64})$/.exec(b ?? '')?.[1] ?? '';
      const file = join(folder, 'blobs', address.slice(0, 2), address);
      expect(fs.readFileSync(file, 'utf8')).toBe(`"${'y'.repeat(99)}"`);
      fs.rmSync(file);
      const again = await openStore({ path });
      await expect(again.steps('r1')).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining(file),
      });
      await again.close();
    });
  });

  it('of crashed processes that were not finished are removed when the store is opened next', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.db');
      const crashed = await openStore({ path });
      crashed.blobs.open('r1').write(Buffer.from('half'));
      const living = await openStore({ path });
      living.blobs.open('r1').write(Buffer.from('half'));
      // A crash leaves the token but closes the FIFO: removing the FIFO looks the same to others.
      fs.rmSync(join(`${path}.locks`, `${crashed.owner}.fifo`));
      await (await openStore({ path })).close();
      const left = fs.readdirSync(join(folder, 'blobs', 'tmp'));
      expect(left.map((name) => name.split('.')[0])).toEqual([living.owner]);
      await living.close();
    });
  });
});

describe('the engine', () => {
  it("has the names that sql.js's own JavaScript gives its exports and imports", () => {
    const glue = fs.readFileSync(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.js'), 'utf8');
    const exported = new Map(
      [...glue.matchAll(/\b_(\w+)=\s*c\.\s*([\w$]+)/g)].map(([, name, letter]) => [name, letter]),
    );
    const { memory, initialize, table, ...functions } = EXPORTS;
    expect(Object.entries(functions).map(([name]) => [name, exported.get(name)])).toEqual(
      Object.entries(functions),
    );
    expect(glue).toContain(`Ga=c.${memory};Z=c.${table}`);
    expect(glue).toContain(`gd.${initialize}()`);
    expect(glue).toMatch(new RegExp(`[,{]${IMPORTS.currentTimeMs}:\\(\\)=>Date\\.now\\(\\)`));
    expect(glue).toMatch(new RegExp(`[,{]${IMPORTS.monotonicMs}:\\(\\)=>performance\\.now\\(\\)`));
    expect(glue).toMatch(new RegExp(`[,{]${IMPORTS.largestHeap}:\\(\\)=>2147483648`));
    expect(glue).toMatch(new RegExp(`[,{]${IMPORTS.growHeap}:a=>\\{var b=E\\.length`));
  });
});
