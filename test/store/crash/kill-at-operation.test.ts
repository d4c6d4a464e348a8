/** SIGKILL just before each single operation on the files; another process that stays alive looks at the result. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleChild, FULL, killChildren, startChild, TIMEOUT_MS } from './children.ts';
import { append, cramp, createLog, flaws, lastEntry } from './log-workload.ts';
import { openDatabase } from './open-database.ts';

const SAMPLES = 12;
let folder = '';
let script = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keystone-kill-'));
  script = await bundleChild('operation-child.ts', folder);
});
afterAll(() => {
  killChildren();
  rmSync(folder, { recursive: true, force: true });
});

function lastAcknowledged(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, 'utf8').trim().split('\n').at(-1)) : 0;
}

/** As a new machine would see it: files copied while the survivor still has them open. */
async function flawsOfCopy(path: string, acknowledged: number): Promise<string[]> {
  const copy = join(folder, 'copy.db');
  for (const suffix of ['', '.ks-wal']) copyFileSync(path + suffix, copy + suffix);
  const database = await openDatabase(copy);
  const found = flaws(database, acknowledged);
  database.close();
  return found;
}

it(
  'loses nothing and corrupts nothing, whichever operation is the last',
  async () => {
    const path = join(folder, 'state.db');
    const acknowledgements = join(folder, 'acknowledged');
    const survivor = await openDatabase(path);
    cramp(survivor, 6);
    createLog(survivor);
    const undisturbed = await startChild(script, [path, '0', acknowledgements]).ended;
    expect(undisturbed).toMatchObject({ code: 0, stderr: '' });
    const operations = Number(undisturbed.stdout);
    expect(operations).toBeGreaterThan(30);

    const step = FULL ? 1 : Math.ceil(operations / SAMPLES);
    for (let fatal = 1; fatal <= operations; fatal += step) {
      const { signal, stderr } = await startChild(script, [path, String(fatal), acknowledgements]).ended;
      expect({ fatal, signal, stderr }).toEqual({ fatal, signal: 'SIGKILL', stderr: '' });
      const acknowledged = Math.max(lastAcknowledged(acknowledgements), lastEntry(survivor));
      expect({ fatal, flaws: flaws(survivor, lastAcknowledged(acknowledgements)) }).toEqual({
        fatal,
        flaws: [],
      });
      expect({ fatal, flaws: await flawsOfCopy(path, acknowledged) }).toEqual({ fatal, flaws: [] });
      if (fatal % 3 === 0) append(survivor, fatal);
    }
    survivor.close();
  },
  TIMEOUT_MS,
);
