/** Processes that begin and forget runs are killed: what a row names is always there, and what nobody names goes in the end. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../src/store/index.ts';
import type { Store } from '../../../src/store/port.ts';
import { queryWithPlainSqljs } from '../plain-sqljs.ts';
import { bundleChild, type Child, FULL, killChildren, startChild, TIMEOUT_MS } from './children.ts';

const PROCESSES = 3;
const ROUNDS = FULL ? 60 : 1;
const KILLS_A_ROUND = 4;
const SAMPLES = FULL ? 400 : 4;
let folder = '';
let script = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keystone-retention-'));
  script = await bundleChild('retention-child.ts', folder);
});
afterAll(() => {
  killChildren();
  rmSync(folder, { recursive: true, force: true });
});

/** Reads every value of every run and every remembered result; a missing file would throw. @returns the blobs they name. */
async function readAll(store: Store, path: string): Promise<Set<string>> {
  const named = new Set<string>();
  for (const { runId } of await store.runs())
    for (const { output, raw } of await store.steps(runId, { all: true }))
      for (const [, blob = ''] of JSON.stringify([output, raw]).matchAll(/"blob":"([0-9a-f]{64})"/g))
        named.add(blob);
  for (const row of await store.dedup.list()) await store.dedup.finished(row, 0, 'nobody');
  await store.retention.clear('nobody');
  await store.checkpoint();
  const texts = await queryWithPlainSqljs(
    path,
    `SELECT output FROM steps WHERE run IN (SELECT id FROM runs) UNION SELECT raw FROM steps WHERE run IN (SELECT id FROM runs)
     UNION SELECT output FROM dedup`,
  );
  for (const [text] of texts) if (String(text).startsWith('@')) named.add(String(text).slice(1));
  return named;
}

/** Files by name, after checking that their content is what the name says. */
function filesOf(blobs: string): Set<string> {
  const files = readdirSync(blobs, { recursive: true, withFileTypes: true }).filter(
    (each) => each.isFile() && !each.parentPath.endsWith('tmp'),
  );
  for (const { parentPath, name } of files)
    expect(
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    ).toBe(name);
  return new Set(files.map(({ name }) => name));
}

async function check(store: Store, path: string): Promise<void> {
  const named = await readAll(store, path);
  const files = filesOf(join(path, '../blobs'));
  expect([...named].filter((blob) => !files.has(blob))).toEqual([]);
}

/** What was left in the middle is finished by whoever comes next; then nothing is there that nobody needs. */
async function finish(store: Store, path: string): Promise<void> {
  const { retention } = store;
  for (const runId of await retention.forgotten()) await retention.clear(runId);
  await retention.collectBlobs({ all: true });
  const named = await readAll(store, path);
  await store.checkpoint();
  const held = await queryWithPlainSqljs(path, 'SELECT DISTINCT blob FROM blob_uses');
  const files = filesOf(join(path, '../blobs'));
  expect([...named].filter((blob) => !files.has(blob))).toEqual([]);
  const needed = new Set([...named, ...held.map(([blob]) => String(blob))]);
  expect([...files].filter((blob) => !needed.has(blob))).toEqual([]);
  const rows = await queryWithPlainSqljs(
    path,
    'SELECT DISTINCT run FROM steps WHERE run NOT IN (SELECT id FROM runs)',
  );
  expect(rows).toEqual([]);
}

it(
  'at random moments, several at once',
  async () => {
    const path = join(folder, 'random/state.db');
    const store = await openStore({ path });
    const start = (n: number): Child => startChild(script, [path, `p${n}`, '0', '0']);
    const kill = async (child: Child | undefined): Promise<void> => {
      child?.process.kill('SIGKILL');
      expect(await child?.ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const children = Array.from({ length: PROCESSES }, (_, n) => start(n));
      await expect
        .poll(async () => (await store.runs()).length, { timeout: 30_000, interval: 20 })
        .toBeGreaterThan(0);
      await delay(Math.random() * 300);
      for (let n = 0; n < KILLS_A_ROUND; n += 1) {
        const index = Math.floor(Math.random() * PROCESSES);
        await kill(children[index]);
        children[index] = start(index);
        await delay(100 + Math.random() * 300);
      }
      for (const child of children) await kill(child);
      await check(store, path);
    }
    await finish(store, path);
    expect((await store.runs()).length, 'runs were forgotten all the time').toBeLessThan(60);
    await store.close();
  },
  TIMEOUT_MS,
);

it(
  'before any single operation on files',
  async () => {
    const path = join(folder, 'each/state.db');
    const store = await openStore({ path });
    const calm = await startChild(script, [path, 'calm', '3', '999999999']).ended;
    expect(calm).toMatchObject({ code: 0, stderr: '' });
    const operations = Number(/\d+$/.exec(calm.stdout)?.[0]);
    expect(operations).toBeGreaterThan(60);
    let kills = 0;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const fatal = 1 + Math.floor(((sample + Math.random()) * operations) / SAMPLES);
      const { signal, stderr } = await startChild(script, [path, `s${sample}`, '3', String(fatal)]).ended;
      expect({ fatal, stderr }).toEqual({ fatal, stderr: '' });
      if (signal === 'SIGKILL') kills += 1;
      await check(store, path);
    }
    expect(kills).toBeGreaterThan(SAMPLES / 2);
    await finish(store, path);
    await store.close();
  },
  TIMEOUT_MS,
);
