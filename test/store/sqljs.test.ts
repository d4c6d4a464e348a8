/** The sql.js backend passes the conformance suite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/index.ts';
import { describeStore } from './conformance.ts';

for (const durability of ['full', 'normal'] as const) {
  describeStore(`sql.js (${durability})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keystone-store-'));
    return {
      open: () => openStore({ path: join(folder, 'state.db'), durability }),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    };
  });
}
