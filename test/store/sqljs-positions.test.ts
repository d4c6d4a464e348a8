/** Positions of steps are kept in memory: when that must be given up because another process may have written. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import type { Store } from '../../src/store/port.ts';
import { aStep, begin, inTemporaryFolder } from './fixtures.ts';

async function withTwoStores(work: (store: Store, other: Store) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.db');
    const stores = [await openStore({ path }), await openStore({ path })] as const;
    await work(...stores);
    for (const store of stores) await store.close();
  });
}

it('keeps the order of steps when a run goes from process to process and back', async () => {
  await withTwoStores(async (store, other) => {
    const paths = async () =>
      (await store.steps('r1', { all: true })).map((row) => `${row.path} ${row.attempt}`);
    await store.commit([begin('r1', { owner: store.owner, leaseUntil: 2 ** 50 })]);
    await store.commit([{ runId: 'r1', steps: [aStep('z')] }]);
    await store.release('r1');
    await other.claim('r1', 0, 2 ** 50);
    await other.commit([{ runId: 'r1', steps: [aStep('y'), aStep('z', { attempt: 2 })] }]);
    await other.release('r1');
    await store.claim('r1', 0, 2 ** 50);
    await store.commit([{ runId: 'r1', steps: [aStep('x'), aStep('y', { attempt: 2 })] }]);
    expect(await paths()).toEqual(['z 1', 'z 2', 'y 1', 'y 2', 'x 1']);
    // Without an owner anybody may write.
    await store.release('r1');
    await other.commit([{ runId: 'r1', steps: [aStep('w')] }]);
    await store.commit([{ runId: 'r1', steps: [aStep('v')] }]);
    await other.commit([{ runId: 'r1', steps: [aStep('v', { attempt: 2 }), aStep('u')] }]);
    expect(await paths()).toEqual(['z 1', 'z 2', 'y 1', 'y 2', 'x 1', 'w 1', 'v 1', 'v 2', 'u 1']);
  });
});

it('gives no place in the order to steps of a commit that failed', async () => {
  await withTwoStores(async (store) => {
    await store.commit([begin('r1')]);
    await expect(
      store.commit([
        { runId: 'r1', steps: [aStep('lost'), aStep('b')] },
        { runId: 'nobody', steps: [aStep('c')] },
      ]),
    ).rejects.toMatchObject({ code: 'STORE_UNKNOWN_RUN' });
    await store.commit([{ runId: 'r1', steps: [aStep('a'), aStep('b'), aStep('lost')] }]);
    const steps = (await store.steps('r1')).map(({ path }) => path);
    expect(steps).toEqual(['a', 'b', 'lost']);
  });
});
