import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';

beforeAll(ensureBuilt, 120_000);

interface Row {
  what: string;
  ours?: number;
}

/** Those that need nothing but what is built; the figures of so small sizes mean nothing. */
test.each(['foreach', 'resume', 'compile', 'store', 'requests', 'timers', 'scheduler', 'slots'])(
  'the measure %s runs',
  async (name) => {
    const args = ['test/bench/measure.mjs', name, '--tiny'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const rows: Row[] = JSON.parse(stdout);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ ours }) => !(Number(ours) > 0))).toEqual([]);
  },
);
