/** Several processes write to one database and are killed at random moments, again and again. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../src/store/sqljs/database.ts';
import { bundleChild, type Child, FULL, killChildren, startChild, TIMEOUT_MS } from './children.ts';
import { integers, integrity, openDatabase } from './open-database.ts';

const WRITERS = FULL ? 4 : 3;
const ROUNDS = FULL ? 75 : 2;
const KILLS_A_ROUND = 4;
const STUCK_MS = 30_000;
let folder = '';
let script = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keystone-kill-'));
  script = await bundleChild('writer-child.ts', folder);
});
afterAll(() => {
  killChildren();
  rmSync(folder, { recursive: true, force: true });
});

const names = Array.from({ length: WRITERS }, (_, n) => `writer${n}`);
const acknowledgements = (name: string): string => join(folder, `${name}.acknowledged`);

/** The writer's last confirmed number: a line torn by the kill does not count. */
function confirmed(name: string): number {
  const file = acknowledgements(name);
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n').at(-2) ?? 0) : 0;
}

/** Waits until each writer confirmed another entry: none of them may be stuck behind a dead one. */
async function progress(): Promise<void> {
  const before = names.map(confirmed);
  await expect
    .poll(() => names.every((name, index) => confirmed(name) > (before[index] ?? 0)), {
      timeout: STUCK_MS,
      interval: 20,
    })
    .toBe(true);
}

function check(database: Database): string[] {
  const flaws: string[] = [];
  const number = (sql: string): number => integers(database, sql)[0] ?? 0;
  const total = number('SELECT n FROM counter');
  if (integrity(database) !== 'ok') flaws.push(integrity(database));
  if (number('SELECT count(*) FROM log') !== total) flaws.push('an entry and the counter disagree');
  if (number('SELECT coalesce(max(n), 0) FROM log') !== total) flaws.push('the log has a gap');
  for (const name of names) {
    const last = number(`SELECT coalesce(max(seq), 0) FROM log WHERE writer = '${name}'`);
    if (number(`SELECT count(*) FROM log WHERE writer = '${name}'`) !== last) flaws.push(`${name} has a gap`);
    if (last < confirmed(name)) flaws.push(`${name} lost ${confirmed(name) - last} confirmed entries`);
  }
  return flaws;
}

it(
  'loses no confirmed commit and mixes up no two writers',
  async () => {
    const path = join(folder, 'state.db');
    const observerOfAll = await openDatabase(path);
    observerOfAll.write(() =>
      observerOfAll.execute(`CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0);
      CREATE TABLE log (n INTEGER PRIMARY KEY, writer TEXT, seq INTEGER, payload TEXT, UNIQUE (writer, seq))`),
    );
    const start = (name: string): Child => startChild(script, [path, name, acknowledgements(name)]);
    const kill = async (child: Child | undefined): Promise<void> => {
      child?.process.kill('SIGKILL');
      expect(await child?.ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const writers = new Map(names.map((name) => [name, start(name)]));
      await progress();
      await delay(Math.random() * 300);
      for (let n = 0; n < KILLS_A_ROUND; n += 1) {
        const name = names[Math.floor(Math.random() * names.length)] ?? '';
        await kill(writers.get(name));
        writers.set(name, start(name));
        await delay(50 + Math.random() * 200);
      }
      // With writers still at work the survivor sees a consistent state, too.
      expect(integrity(observerOfAll)).toBe('ok');
      await Promise.all([...writers.values()].map(kill));
      expect({ round, flaws: check(observerOfAll) }).toEqual({ round, flaws: [] });
    }
    observerOfAll.close();
  },
  TIMEOUT_MS,
);
