/** Parts of the VFS on their own: gathered writes, the hand-over between owners, C function pointers. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Heap } from '../../src/store/sqljs/heap.ts';
import { parseToken } from '../../src/store/sqljs/token.ts';
import { OPEN, SQLITE } from '../../src/store/sqljs/vfs/codes.ts';
import { DatabaseFile } from '../../src/store/sqljs/vfs/database-file.ts';
import { closeFile, openFile, readInto, sizeOf, writeFrom } from '../../src/store/sqljs/vfs/files.ts';
import { WriteBuffer } from '../../src/store/sqljs/vfs/write-buffer.ts';
import { loadSqlite } from '../../src/store/sqljs/wasm.ts';
import { openMutex } from './crash/open-database.ts';
import { inTemporaryFolder } from './fixtures.ts';

/** The writes of zeros beyond the end are told apart. */
function bufferOn(file: string) {
  const writes: [offset: number, bytes: number][] = [];
  const reserves: [offset: number, bytes: number][] = [];
  const buffer = new WriteBuffer(fs.openSync(file, 'w+'), (offset, data) => {
    const isReserve = data.every((byte) => byte === 0);
    (isReserve ? reserves : writes).push([offset, data.length]);
  });
  return { buffer, writes, reserves };
}

it('adjacent writes reach the file as one, others in the order they were made', async () => {
  await inTemporaryFolder(async (folder) => {
    const { buffer, writes } = bufferOn(join(folder, 'wal'));
    const source = Buffer.from('abcdefghij');
    buffer.write(source, 0, 3, 0);
    buffer.write(source, 3, 4, 3);
    buffer.write(source, 0, 2, 1);
    buffer.write(source, 9, 1, 9);
    expect(writes).toEqual([
      [0, 7],
      [1, 2],
    ]);
    buffer.flush();
    buffer.flush();
    expect(writes).toEqual([
      [0, 7],
      [1, 2],
      [9, 1],
    ]);
    expect(fs.readFileSync(join(folder, 'wal'), 'latin1').replace(/\0+$/, '')).toBe('aabdefg\0\0j');
  });
});

it('a file that grows gets zeros in advance, never over anything that is there', async () => {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'wal');
    const { buffer, writes, reserves } = bufferOn(file);
    const write = (length: number, offset: number): void => {
      buffer.write(Buffer.alloc(length, 7), 0, length, offset);
      buffer.flush();
    };
    write(100, 0);
    write(100, 100);
    expect(writes).toHaveLength(2);
    expect(reserves).toEqual([[100, 65_536]]);
    expect(fs.statSync(file).size).toBe(65_636);
    // Another process wrote on, which this one learns only in general.
    fs.appendFileSync(file, Buffer.alloc(1000, 8));
    buffer.forgetSize();
    write(100, 65_600);
    expect(reserves).toHaveLength(1);
    const content = fs.readFileSync(file);
    expect(content.length).toBe(66_636);
    expect([content[65_699], content[65_700], content[66_635]]).toEqual([7, 8, 8]);
    // And another one truncated it.
    fs.truncateSync(file, 0);
    buffer.forgetSize();
    write(10, 0);
    expect(fs.statSync(file).size).toBe(10 + 65_536);
  });
});

it('a disk without room for the zeros has room for what counts', async () => {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'wal');
    const buffer = new WriteBuffer(fs.openSync(file, 'w+'), (_offset, data) => {
      if (data.length > 1000) throw Object.assign(new Error('made up'), { code: 'ENOSPC' });
    });
    buffer.write(Buffer.from('committed'), 0, 9, 0);
    buffer.flush();
    expect(fs.readFileSync(file, 'utf8')).toBe('committed');
  });
});

it('a write larger than the buffer goes through whole', async () => {
  await inTemporaryFolder(async (folder) => {
    const { buffer, writes } = bufferOn(join(folder, 'wal'));
    const large = Buffer.alloc(1_000_000, 7);
    buffer.write(large, 0, 10, 0);
    buffer.write(large, 0, large.length, 10);
    buffer.write(large, 0, 200_000, 1_000_010);
    buffer.write(large, 0, 200_000, 1_200_010);
    buffer.flush();
    expect(writes).toEqual([
      [0, 10],
      [10, 1_000_000],
      [1_000_010, 200_000],
      [1_200_010, 200_000],
    ]);
    expect(fs.readFileSync(join(folder, 'wal')).lastIndexOf(7)).toBe(1_400_009);
  });
});

it('what a failed transaction left unwritten is gone when the mutex is given up', async () => {
  await inTemporaryFolder(async (folder) => {
    const { heap } = await loadSqlite();
    const file = new DatabaseFile(heap, {
      path: join(folder, 'db'),
      readonly: false,
      mutex: openMutex(join(folder, 'locks')),
    });
    const { buffer, writes } = bufferOn(join(folder, 'wal'));
    expect(file.hold('transaction')).toBe(true);
    file.wal = buffer;
    buffer.write(Buffer.from('half a transaction'), 0, 18, 0);
    file.drop('transaction');
    buffer.flush();
    expect(writes).toEqual([]);
  });
});

it('offsets beyond 4 GB are read and written where they should be', async () => {
  await inTemporaryFolder(async (folder) => {
    const { heap } = await loadSqlite();
    const path = join(folder, 'db');
    const database = new DatabaseFile(heap, {
      path,
      readonly: false,
      mutex: openMutex(join(folder, 'locks')),
    });
    const [file] = openFile(database, path, OPEN.MAIN_DB | OPEN.READWRITE | OPEN.CREATE);
    const at = heap.allocateText('page');
    const offset = 5 * 2 ** 30 + 3;
    writeFrom(heap, file, at, 4, offset);
    heap.zero(at, 4);
    expect(readInto(heap, file, at, 4, offset)).toBe(SQLITE.OK);
    expect(heap.readText(at)).toBe('page');
    expect(sizeOf(file)).toBe(offset + 4);
    expect(readInto(heap, file, at, 4, offset + 2)).toBe(SQLITE.IOERR_SHORT_READ);
    expect([...heap.bytes.subarray(at, at + 4)]).toEqual([...Buffer.from('ge\0\0')]);
    closeFile(file);
  });
});

it('an owner knows that another one wrote, and not of its own writes', async () => {
  await inTemporaryFolder(async (folder) => {
    const { heap } = await loadSqlite();
    const open = () =>
      new DatabaseFile(heap, {
        path: join(folder, 'db'),
        readonly: false,
        mutex: openMutex(join(folder, 'locks')),
      });
    const [a, b] = [open(), open()];
    const write = (file: DatabaseFile): void => {
      file.hold('transaction');
      file.countWrite();
      file.countWrite();
      file.drop('transaction');
    };
    write(a);
    write(b);
    expect([a.changedElsewhere(), b.changedElsewhere()]).toEqual([true, false]);
    const before = a.foreignWrites;
    write(a);
    expect([a.changedElsewhere(), b.changedElsewhere()]).toEqual([false, true]);
    expect(a.foreignWrites).toBe(before + 1);
    write(a);
    expect(a.foreignWrites).toBe(before + 1);
  });
});

it('memory that grew is seen through fresh views', () => {
  const memory = new (
    globalThis as unknown as { WebAssembly: { Memory: new (o: object) => never } }
  ).WebAssembly.Memory({ initial: 1 });
  const heap = new Heap(memory, { malloc: () => 16, free: () => {} });
  heap.writeText(16, 'naïve');
  (memory as { grow(pages: number): void }).grow(1);
  expect(heap.readText(16)).toBe('naïve');
  expect(heap.bytes.length).toBe(2 * 65_536);
  expect(() => new Heap(memory, { malloc: () => 0, free: () => {} }).allocate(8)).toThrow(
    /out of wasm memory/,
  );
});

it('a token says which machine and process it belongs to', () => {
  expect(parseToken('web01_5f0c2b7d91ee_4711_0f3a11223344')).toEqual({
    host: 'web01',
    boot: '5f0c2b7d91ee',
    pid: 4711,
  });
  expect(parseToken('spare-0f3a')).toBeUndefined();
});
