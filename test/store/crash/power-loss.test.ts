/**
 * Power cuts, simulated: a workload's file operations are recorded, then disks are made up on which everything that was
 * synced is there, and of the rest any part, in any order, torn at sectors. SQLite must recover from each of them.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import type { VfsEvent } from '../../../src/store/sqljs/vfs/database-file.ts';
import { FULL, TIMEOUT_MS } from './children.ts';
import { append, cramp, createLog, flaws, lastEntry } from './log-workload.ts';
import { openDatabase, openMutex } from './open-database.ts';

const DISKS = FULL ? 6000 : 120;
const ENTRIES = 60;
const SECTOR = 512;
const MEMORY_DISK = '/dev/shm';

interface Recorded {
  op: VfsEvent['op'] | 'acknowledged';
  file: string;
  offset: number;
  data: Buffer;
}

/** Repeatable randomness (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Two connections take turns, so that what is recorded includes the hand-over between processes. */
async function record(
  folder: string,
  durability: 'full' | 'normal',
): Promise<{ start: Disk; events: Recorded[] }> {
  const path = join(folder, 'state.db');
  const events: Recorded[] = [];
  const observer = ({ op, path: file, offset = 0, data }: VfsEvent): void => {
    events.push({ op, file: basename(file), offset, data: Buffer.from(data ?? []) });
  };
  const connections = [
    await openDatabase(path, { observer, durability }),
    await openDatabase(path, { observer, durability }),
  ];
  const start = new Map(
    ['state.db', 'state.db.ks-wal'].map((file) => [file, fs.readFileSync(join(folder, file))]),
  );
  for (const connection of connections) cramp(connection, 25);
  createLog(connections[0]!);
  events.push({ op: 'acknowledged', file: '', offset: 0, data: Buffer.alloc(0) });
  for (let round = 1; round <= ENTRIES; round += 1) {
    const connection = connections[round % 5 === 0 ? 1 : 0]!;
    const confirmed = round % 7 !== 0;
    const n = append(connection, round, confirmed ? 'write' : 'writeUnsynced');
    if (confirmed) events.push({ op: 'acknowledged', file: '', offset: n, data: Buffer.alloc(0) });
    if (round % 9 === 0) failingTransaction(connection);
    if (round % 23 === 0) connection.checkpoint('truncate');
  }
  for (const connection of connections) connection.close();
  return { start, events };
}

function failingTransaction(connection: Awaited<ReturnType<typeof openDatabase>>): void {
  expect(() =>
    connection.write(() => {
      connection.prepare('INSERT INTO big (b) VALUES (randomblob(60000))').run();
      throw new Error('changed my mind');
    }),
  ).toThrow('changed my mind');
}

type Disk = Map<string, Buffer>;
type Survival = 'any subset' | 'torn sectors' | 'all' | 'nothing';

function apply(disk: Disk, { op, file, offset, data }: Recorded): void {
  const before = disk.get(file) ?? Buffer.alloc(0);
  if (op === 'truncate') {
    const after = Buffer.alloc(offset);
    before.copy(after, 0, 0, Math.min(offset, before.length));
    disk.set(file, after);
  } else if (op === 'write') {
    const after = Buffer.alloc(Math.max(before.length, offset + data.length));
    before.copy(after);
    data.copy(after, offset);
    disk.set(file, after);
  }
}

/** The disk after a power cut right after event `cut`, and the last entry confirmed before it. */
function diskAfter(
  start: Disk,
  events: readonly Recorded[],
  cut: number,
  random: () => number,
): [Disk, number] {
  const disk: Disk = new Map(start);
  const unsynced = new Map<string, Recorded[]>();
  let acknowledged = -1;
  for (const event of events.slice(0, cut)) {
    if (event.op === 'acknowledged') acknowledged = event.offset;
    else if (event.op === 'sync')
      for (const done of unsynced.get(event.file)?.splice(0) ?? []) apply(disk, done);
    else if (event.op === 'write' || event.op === 'truncate') {
      unsynced.set(event.file, [...(unsynced.get(event.file) ?? []), event]);
    }
  }
  const survivals: Survival[] = ['any subset', 'torn sectors', 'all', 'nothing'];
  const survival = survivals[Math.floor(random() * survivals.length)] ?? 'all';
  for (const event of [...unsynced.values()].flat()) survive(disk, event, survival, random);
  return [disk, acknowledged];
}

function survive(disk: Disk, event: Recorded, survival: Survival, random: () => number): void {
  if (survival === 'nothing') return;
  if (survival === 'torn sectors' && event.op === 'write') {
    for (let at = 0; at < event.data.length; at += SECTOR) {
      if (random() < 0.5) continue;
      apply(disk, { ...event, offset: event.offset + at, data: event.data.subarray(at, at + SECTOR) });
    }
  } else if (survival === 'all' || random() < 0.5) apply(disk, event);
}

it.each(['full', 'normal'] as const)(
  'with durability %s no power cut corrupts the database',
  async (durability) => {
    const root = fs.existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir();
    const folder = fs.mkdtempSync(join(root, 'keystone-power-'));
    try {
      fs.mkdirSync(join(folder, 'recorded'));
      const { start, events } = await record(join(folder, 'recorded'), durability);
      expect(events.filter(({ op }) => op === 'write').length).toBeGreaterThan(100);
      const mutex = openMutex(join(folder, 'locks'));
      const random = randomFrom(20_251);
      let lost = 0;
      for (let n = 0; n < DISKS; n += 1) {
        const [disk, acknowledged] = diskAfter(
          start,
          events,
          1 + Math.floor(random() * events.length),
          random,
        );
        if (acknowledged < 0) continue; // before the tables were there
        const path = join(folder, 'state.db');
        for (const [file, content] of disk) fs.writeFileSync(join(folder, file), content);
        const database = await openDatabase(path, { mutex });
        const entries = tables(database) ? lastEntry(database) : 0;
        if (tables(database)) expect({ n, flaws: flaws(database, 0) }).toEqual({ n, flaws: [] });
        lost += Math.max(0, acknowledged - entries);
        database.close();
      }
      if (durability === 'full') expect(lost).toBe(0);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);

function tables(database: Awaited<ReturnType<typeof openDatabase>>): boolean {
  return (
    database.read(() =>
      database.prepare('SELECT count(*) FROM sqlite_schema').get([], (row) => row.integer(0)),
    ) !== 0
  );
}
