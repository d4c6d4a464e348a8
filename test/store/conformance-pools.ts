/** What every Store must do about pools that processes share. */
import { expect, it } from 'vitest';
import type { PoolClaim, PoolShare, Store } from '../../src/store/port.ts';
import { begin } from './fixtures.ts';

const ask = async (store: Store, claim: Partial<PoolClaim>, now = 1): Promise<PoolShare | undefined> => {
  const [share] = await store.pools.share(
    [{ pool: 'p', limit: 4, used: 0, waiting: 0, known: 0, ...claim }],
    now,
  );
  return share;
};

export function pools({ store, open }: { store(): Store; open(): Promise<Store> }): void {
  it('gives all of a pool to an owner who is alone, and nothing of it to one who comes later, until it is given back', async () => {
    const other = await open();
    expect(await ask(store(), { waiting: 1 })).toEqual({ slots: 4, usable: 4, contended: false });
    expect(await ask(other, { waiting: 3 })).toMatchObject({ slots: 0 });
    expect(store().pools.changed()).toBe(true);
    expect(await ask(store(), { used: 3, waiting: 5, known: 4 })).toEqual({
      slots: 3,
      usable: 2,
      contended: true,
    });
    expect(await ask(other, { waiting: 3 })).toMatchObject({ slots: 1, usable: 1 });
    await store().pools.giveUp();
    expect(await ask(other, { used: 1, waiting: 2, known: 1 })).toMatchObject({ slots: 4, contended: false });
  });

  it('passes a single slot to who has waited longest, who uses it before it goes on', async () => {
    const [second, third] = [await open(), await open()];
    const one = { limit: 1, waiting: 1 };
    expect(await ask(store(), one, 1)).toMatchObject({ slots: 1 });
    expect(await ask(second, one, 2)).toMatchObject({ slots: 0 });
    expect(await ask(third, one, 3)).toMatchObject({ slots: 0 });
    expect(await ask(store(), { ...one, known: 1 }, 4)).toMatchObject({ slots: 0 });
    expect(await ask(third, one, 5)).toMatchObject({ slots: 0 });
    expect(await ask(second, one, 6)).toMatchObject({ slots: 1, usable: 1 });
    expect(await ask(second, { ...one, known: 1 }, 7)).toMatchObject({ slots: 0 });
    expect(await ask(third, one, 8)).toMatchObject({ slots: 1, usable: 1 });
  });

  it('takes the part of an owner that is gone', async () => {
    const other = await open();
    await ask(other, { waiting: 1 });
    expect(await ask(store(), { waiting: 1 })).toMatchObject({ slots: 0 });
    await other.close();
    expect(await ask(store(), { waiting: 1 })).toMatchObject({ slots: 4 });
    expect(await store().pools.parts()).toEqual([{ pool: 'p', owner: store().owner, slots: 4, wants: 0 }]);
  });

  it('keeps which steps hold slots and which wait, of runs that somebody runs', async () => {
    await store().commit([begin('r1', { owner: store().owner, leaseUntil: 1_000 })]);
    const held = { path: 'a', pool: 'p', state: 'held', since: 2 } as const;
    const waiting = { path: 'b', pool: 'p', state: 'waiting', since: 3 } as const;
    await store().commit([{ runId: 'r1', slots: [held, waiting] }]);
    const facts = { runId: 'r1', owner: store().owner };
    expect(await store().pools.slots()).toMatchObject([
      { ...held, ...facts },
      { ...waiting, ...facts },
    ]);
    await store().commit([{ runId: 'r1', slots: [{ ...waiting, state: 'held' }], slotsGone: ['a'] }]);
    expect(await store().pools.slots()).toMatchObject([{ path: 'b', state: 'held' }]);
    await store().release('r1');
    expect(await store().pools.slots()).toEqual([]);
  });
}
