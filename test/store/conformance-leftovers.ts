/** What every Store must do with what runs leave behind. */
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { begin } from './fixtures.ts';

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

export function leftovers({ store, open }: Context): void {
  const tree = { key: 'tree /x', kind: 'git', what: { path: '/x' } };

  it('tells what ended runs left behind, once they have ended, until it is removed', async () => {
    await store().commit([{ ...begin('r1'), leftovers: [tree, { ...tree, key: 'tree /y' }] }]);
    await store().commit([{ ...begin('r2'), leftovers: [tree] }]);
    expect(await store().leftovers.ofEndedRuns()).toEqual([]);
    await store().commit([
      {
        runId: 'r1',
        run: { status: 'failed' },
        leftoversGone: ['tree /y'],
        leftovers: [{ ...tree, what: 2 }],
      },
    ]);
    const another = await open();
    expect(await another.leftovers.ofEndedRuns()).toEqual([{ ...tree, runId: 'r1', what: 2 }]);
    await another.leftovers.remove('r1', tree.key);
    expect(await store().leftovers.ofEndedRuns()).toEqual([]);
  });
}
