/** EIO and ENOSPC at each single operation on the files, in a process that goes on afterwards. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inTemporaryFolder } from '../fixtures.ts';
import { append, cramp, createLog, flaws } from './log-workload.ts';
import { openDatabase } from './open-database.ts';

const ROUNDS = 4;
const FALLIBLE = new Set(['write', 'truncate', 'sync', 'delete', 'create', 'sync-folder']);

it.each(['EIO', 'ENOSPC'])(
  '%s at any operation fails that transaction only, and is reported as such',
  async (code) => {
    await inTemporaryFolder(async (folder) => {
      let operations = 0;
      let fatal = 0;
      const observer = ({ op }: { op: string }): void => {
        if (!FALLIBLE.has(op)) return;
        operations += 1;
        if (operations === fatal)
          throw Object.assign(new Error(`${code}: made up`), { code, syscall: 'write' });
      };
      const database = await openDatabase(join(folder, 'state.db'), { observer });
      createLog(database);
      const reported = new Set<string>();
      let acknowledged = 0;
      let failures = 0;
      for (let at = 1; ; at += 1) {
        cramp(database, 6);
        operations = 0;
        fatal = at;
        for (let round = 0; round < ROUNDS; round += 1) {
          try {
            acknowledged = append(database, round);
          } catch (error) {
            failures += 1;
            reported.add(error instanceof Error && 'code' in error ? String(error.code) : String(error));
          }
        }
        fatal = 0;
        expect({ at, flaws: flaws(database, acknowledged) }).toEqual({ at, flaws: [] });
        if (operations < at) break;
      }
      expect(failures).toBeGreaterThan(10);
      expect([...reported]).toEqual([code === 'EIO' ? 'STORE_IO' : 'STORE_DISK_FULL']);
      database.close();
    });
  },
);
