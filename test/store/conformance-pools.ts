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
    expect(await ask(store(), { waiting: 1 })).toEqual({ slots: 4, usable: 4, contended: false, limit: 4 });
    expect(await ask(other, { waiting: 3 })).toMatchObject({ slots: 0 });
    expect(store().pools.changed()).toBe(true);
    expect(await ask(store(), { used: 3, waiting: 5, known: 4 })).toEqual({
      slots: 3,
      usable: 2,
      contended: true,
      limit: 4,
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

  it('counts the lowest limit of those who use the pool, for as long as they do', async () => {
    const other = await open();
    expect(await ask(store(), { waiting: 4 })).toMatchObject({ slots: 4, limit: 4 });
    // Four are in use; the one with a limit of two gets none before there are fewer than two.
    expect(await ask(other, { limit: 2, waiting: 2 })).toMatchObject({ slots: 0, limit: 2 });
    expect(await ask(store(), { used: 4, waiting: 3, known: 4 })).toMatchObject({ usable: 1, limit: 2 });
    expect(await ask(store(), { used: 2, waiting: 3, known: 4 })).toMatchObject({ slots: 2, usable: 1 });
    expect(await ask(other, { limit: 2, waiting: 2 })).toMatchObject({ slots: 0 });
    expect(await ask(store(), { used: 1, waiting: 3, known: 2 })).toMatchObject({ slots: 1, usable: 1 });
    expect(await ask(other, { limit: 2, waiting: 2 })).toMatchObject({ slots: 1, usable: 1 });
    expect(await store().pools.parts()).toMatchObject(
      [
        { owner: store().owner, limit: 4, slots: 1 },
        { owner: other.owner, limit: 2, slots: 1 },
      ].sort((a, b) => (a.owner < b.owner ? -1 : 1)),
    );
    await other.pools.giveUp();
    expect(await ask(store(), { used: 1, waiting: 3, known: 1 })).toMatchObject({ slots: 4, limit: 4 });
  });

  it('gives back what is idle above a lower limit, though nobody waits', async () => {
    const other = await open();
    await ask(other, { limit: 2, waiting: 1 });
    expect(await ask(store(), { limit: 4, waiting: 1 })).toMatchObject({ slots: 0, limit: 2 });
    expect(await ask(other, { limit: 2, used: 1, known: 2 })).toMatchObject({ slots: 1 });
    expect(await ask(store(), { limit: 4, waiting: 3 })).toMatchObject({ slots: 1, usable: 1 });
  });

  it('takes the part of an owner that is gone', async () => {
    const other = await open();
    await ask(other, { waiting: 1 });
    expect(await ask(store(), { waiting: 1 })).toMatchObject({ slots: 0 });
    await other.close();
    expect(await ask(store(), { waiting: 1 })).toMatchObject({ slots: 4 });
    expect(await store().pools.parts()).toEqual([
      { pool: 'p', owner: store().owner, slots: 4, wants: 0, limit: 4 },
    ]);
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
