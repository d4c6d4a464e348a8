/** What the user is told when the store cannot be used, and that nothing committed is lost by it. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { openSqljsStore } from '../../src/store/sqljs/index.ts';
import { thisMachine } from '../../src/store/sqljs/machine.ts';
import type { VfsEvent } from '../../src/store/sqljs/vfs/database-file.ts';
import { aStep, begin, inTemporaryFolder } from './fixtures.ts';

/** A store with one run in it, closed. */
async function storeIn(folder: string): Promise<string> {
  const path = join(folder, 'state.db');
  const store = await openStore({ path });
  await store.commit([begin('r1')]);
  await store.close();
  return path;
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code, syscall: 'write', errno: -1 });
}

function patch(path: string, at: number, bytes: Buffer): void {
  const file = fs.openSync(path, 'r+');
  fs.writeSync(file, bytes, 0, bytes.length, at);
  fs.closeSync(file);
}

const bigEndian = (value: number): Buffer =>
  Buffer.from([value >>> 24, value >>> 16, value >>> 8, value].map((b) => b & 255));

describe('opening a store that cannot be used', () => {
  it.each([
    [
      'garbage',
      (path: string) => fs.writeFileSync(path, 'not a database at all, '.repeat(500)),
      'STORE_CORRUPT',
    ],
    ['half of the file', (path: string) => fs.truncateSync(path, 20_480), 'STORE_CORRUPT'],
    ['a torn end', (path: string) => fs.truncateSync(path, fs.statSync(path).size - 100), 'STORE_CORRUPT'],
    ['a newer schema', (path: string) => patch(path, 60, bigEndian(99)), 'STORE_NEWER'],
    ['another application', (path: string) => patch(path, 68, bigEndian(7)), 'STORE_UNSUPPORTED'],
    ['another journal mode', (path: string) => patch(path, 18, Buffer.from([1, 1])), 'STORE_UNSUPPORTED'],
  ])('names %s and says what to do', async (_what, damage, code) => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      damage(path);
      const before = fs.readFileSync(path);
      const failure = await openStore({ path }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({
        code,
        exitCode: 5,
        hint: expect.stringMatching(/\w+/),
        message: expect.stringContaining(path),
      });
      expect(fs.readFileSync(path).equals(before)).toBe(true);
      expect(
        fs.readdirSync(`${path}.locks`).filter((name) => name.endsWith('.id') || name === 'lock'),
      ).toEqual([]);
    });
  });

  it('does not let SQLite delete the WAL of a database that was emptied', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      fs.writeFileSync(`${path}.ks-wal`, 'committed rows');
      fs.truncateSync(path, 0);
      await expect(openStore({ path })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
      expect(fs.readFileSync(`${path}.ks-wal`, 'utf8')).toBe('committed rows');
    });
  });

  it('says so when a folder is where the file should be, or a file where its folder should be', async () => {
    await inTemporaryFolder(async (folder) => {
      fs.mkdirSync(join(folder, 'state.db'));
      await expect(openStore({ path: join(folder, 'state.db') })).rejects.toMatchObject({ exitCode: 5 });
      fs.writeFileSync(join(folder, 'file'), '');
      await expect(openStore({ path: join(folder, 'file', 'state.db') })).rejects.toMatchObject({
        exitCode: 5,
      });
    });
  });
});

describe('reading only', () => {
  it('refuses a store that is not there, and does not make one', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.db');
      await expect(openStore({ path, readonly: true })).rejects.toMatchObject({ code: 'STORE_MISSING' });
      expect(fs.readdirSync(folder)).toEqual([]);
    });
  });

  it('reads what is committed, also while another process writes, and changes nothing', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      const writer = await openStore({ path });
      await writer.commit([begin('r2')]);
      const reader = await openStore({ path, readonly: true });
      expect(await reader.runIds('r')).toEqual(['r1', 'r2']);
      await writer.commit([begin('r3')]);
      expect(await reader.runIds('r')).toEqual(['r1', 'r2', 'r3']);
      await expect(reader.commit([begin('r4')])).rejects.toMatchObject({ code: 'STORE_READONLY' });
      await reader.close();
      await writer.close();
    });
  });

  it('reads a database whose WAL is not there', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      fs.rmSync(`${path}.ks-wal`);
      const before = fs.readFileSync(path);
      const reader = await openStore({ path, readonly: true });
      expect(await reader.runIds('r')).toEqual(['r1']);
      await reader.close();
      expect(fs.readFileSync(path).equals(before)).toBe(true);
      expect(fs.existsSync(`${path}.ks-wal`)).toBe(false);
    });
  });
});

describe('failures of the disk', () => {
  it.each([
    ['ENOSPC', 'STORE_DISK_FULL'],
    ['EDQUOT', 'STORE_DISK_FULL'],
    ['EROFS', 'STORE_READONLY'],
    ['EACCES', 'STORE_READONLY'],
    ['EIO', 'STORE_IO'],
  ])('reports %s as %s, keeps what was committed and goes on when it is over', async (code, expected) => {
    await inTemporaryFolder(async (folder) => {
      let failing = false;
      const observer = ({ op }: VfsEvent): void => {
        if (failing && op === 'write') throw systemError(code);
      };
      const store = await openSqljsStore({ path: join(folder, 'state.db') }, { observer });
      await store.commit([begin('r1')]);
      failing = true;
      const failure = store.commit([{ runId: 'r1', steps: [aStep('lost')] }]);
      await expect(failure).rejects.toMatchObject({
        code: expected,
        exitCode: 5,
        message: expect.stringContaining(code),
      });
      failing = false;
      await store.commit([{ runId: 'r1', steps: [aStep('kept')] }]);
      expect((await store.steps('r1')).map(({ path }) => path)).toEqual(['kept']);
      await store.close();
    });
  });
});

describe('a lock that is held', () => {
  it('is reported with its holder after a bounded wait, and polling the inbox does not wait for it', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      const locks = `${path}.locks`;
      const holder = await openStore({ path });
      const store = await openSqljsStore({ path }, { lockTimeoutMs: 100 });
      expect(await store.inbox(['r1'])).toEqual([]);
      fs.linkSync(join(locks, `${holder.owner}.id`), join(locks, 'lock'));
      const failure = store.commit([begin('r2')]);
      await expect(failure).rejects.toMatchObject({
        code: 'STORE_LOCKED',
        message: expect.stringContaining(holder.owner),
      });
      expect(await store.inbox(['r1'])).toEqual([]);
      fs.unlinkSync(join(locks, 'lock'));
      await store.commit([begin('r2')]);
      await store.close();
      await holder.close();
    });
  });

  it('is broken at once when its holder is dead, and all it left is cleared away', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      const locks = `${path}.locks`;
      const { host, boot } = thisMachine();
      const dead = `${host}_${boot}_999999_aaaaaaaaaaaa`;
      const store = await openStore({ path });
      fs.writeFileSync(join(locks, `${dead}.id`), dead);
      fs.linkSync(join(locks, `${dead}.id`), join(locks, 'lock'));
      await store.commit([begin('r2')]);
      expect(fs.existsSync(join(locks, 'lock'))).toBe(false);
      await store.close();
      await (await openStore({ path })).close();
      expect(fs.readdirSync(locks).filter((name) => name.includes('aaaaaaaaaaaa'))).toEqual([]);
    });
  });

  it('of a time before the last boot counts as dead', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      const old = `${thisMachine().host}_000000000000_1_aaaaaaaaaaaa`;
      fs.writeFileSync(join(`${path}.locks`, `${old}.id`), old);
      fs.linkSync(join(`${path}.locks`, `${old}.id`), join(`${path}.locks`, 'lock'));
      const store = await openStore({ path });
      await store.commit([begin('r2', { owner: old, leaseUntil: 2 ** 50 })]);
      await store.close();
    });
  });

  it('of another machine makes the store refuse', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await storeIn(folder);
      const foreign = 'elsewhere_000000000000_1_aaaaaaaaaaaa';
      fs.writeFileSync(join(`${path}.locks`, `${foreign}.id`), foreign);
      await expect(openStore({ path })).rejects.toMatchObject({
        code: 'STORE_OTHER_MACHINE',
        message: expect.stringContaining('elsewhere'),
        hint: expect.stringContaining('.locks'),
      });
    });
  });
});
