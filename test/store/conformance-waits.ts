/** What every Store must do with waits and events. */
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { begin } from './fixtures.ts';

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

export function waitsAndEvents({ store, open }: Context): void {
  const wait = { path: 'w', for: 'event' as const, name: 'built', since: 5, detail: { match: 'x' } };
  const question = {
    path: 'q[2]',
    for: 'answer' as const,
    name: 'q',
    since: 4,
    dueAt: 99,
    detail: { message: 'ü?' },
  };

  it('keeps what steps wait for until they do not, for one run and for all', async () => {
    await store().commit([{ ...begin('r1'), waits: [wait, question] }]);
    await store().commit([{ ...begin('r2'), waits: [{ ...wait, name: 'other' }] }]);
    expect(await store().waits({ runId: 'r1' })).toEqual([
      { ...question, runId: 'r1' },
      { ...wait, runId: 'r1' },
    ]);
    expect(await store().waits({ event: 'built' })).toEqual([{ ...wait, runId: 'r1' }]);
    await store().commit([{ runId: 'r1', waitsGone: ['w'] }]);
    expect((await store().waits()).map(({ runId, path }) => `${runId} ${path}`)).toEqual(['r1 q[2]', 'r2 w']);
  });

  it('keeps events in order until they expire, and gives each to one taker only', async () => {
    const event = { name: 'built', data: { n: [1, 'ü'] }, ts: 10, expiresAt: 100 };
    const { id } = await store().publish(event);
    const scoped = await store().publish({ ...event, scope: 'r1', ts: 11, expiresAt: 50 });
    await store().publish({ ...event, name: 'else' });
    expect(await store().events(['built'], 20)).toEqual([
      { id, ...event },
      { ...event, id: scoped.id, scope: 'r1', ts: 11, expiresAt: 50 },
    ]);
    expect((await store().events(['built', 'none'], 50)).map((each) => each.id)).toEqual([id]);
    const another = await open();
    expect(await another.takeEvent(id, 'a')).toBe(true);
    expect(await store().takeEvent(id, 'b')).toBe(false);
    expect(await store().takeEvent(id, 'a')).toBe(true);
    expect(await store().takeEvent(12_345, 'a')).toBe(false);
    expect((await store().events(['built'], 20))[0]?.takenBy).toBe('a');
  });

  it('keeps an event with a known key once, and drops expired ones when another comes', async () => {
    const event = { name: 'e', data: null, ts: 1, expiresAt: 10, key: 'k' };
    const first = await store().publish(event);
    expect(await store().publish({ ...event, data: 2 })).toEqual(first);
    await store().publish({ ...event, ts: 10, expiresAt: 20, key: 'l' });
    expect((await store().events(['e'], 0)).map(({ ts }) => ts)).toEqual([10]);
  });

  it('makes a run due that suspends after something was left for it, or sent to its waits, that it has not seen', async () => {
    await store().commit([{ ...begin('r1'), waits: [wait] }]);
    await store().commit([{ ...begin('r2'), waits: [wait] }]);
    const another = await open();
    const suspend = async (runId: string, more: object = {}): Promise<number | undefined> => {
      await store().commit([{ runId, run: { status: 'suspended', wakeAt: null }, ...more }]);
      const wakeAt = (await store().run(runId))?.wakeAt;
      await store().commit([{ runId, run: { status: 'running', wakeAt: null } }]);
      return wakeAt;
    };
    await another.publish({ name: 'built', data: 1, ts: 41, expiresAt: 99 });
    expect(await suspend('r1')).toBe(41);
    await store().events(['built'], 42);
    expect(await suspend('r1')).toBeUndefined();
    await another.publish({ name: 'other', data: 1, ts: 43, expiresAt: 99 });
    expect(await suspend('r1')).toBeUndefined();
    const { id } = await another.publish({ name: 'built', data: 2, ts: 44, expiresAt: 99 });
    expect(await suspend('r1')).toBe(44);
    await another.takeEvent(id, 'somebody');
    expect(await suspend('r1')).toBeUndefined();
    await another.send('r2', { type: 'ANSWER' }, 45);
    expect(await suspend('r1')).toBeUndefined();
    expect(await suspend('r2')).toBe(45);
    const [left] = await store().inbox(['r2']);
    expect(await suspend('r2', { inboxDone: [left?.id] })).toBeUndefined();
  });

  it('does not pause a run whose pause was taken back while its process was leaving', async () => {
    await store().commit([begin('r1')]);
    const another = await open();
    const pause = async (): Promise<unknown> => {
      await store().commit([{ runId: 'r1', run: { status: 'paused', wakeAt: null } }]);
      const { status, wakeAt } = (await store().run('r1')) ?? {};
      return { status, wakeAt };
    };
    await another.send('r1', { type: 'ANSWER' }, 50);
    expect(await pause()).toEqual({ status: 'paused' });
    await another.send('r1', { type: 'UNPAUSE' }, 51);
    expect(await pause()).toEqual({ status: 'suspended', wakeAt: 51 });
    await another.send('r1', { type: 'PAUSE' }, 52);
    expect(await pause()).toEqual({ status: 'paused' });
  });

  it('makes suspended runs that wait for the event due, and no others', async () => {
    await store().commit([{ ...begin('r1', { status: 'suspended' }), waits: [wait] }]);
    await store().commit([{ ...begin('r2'), waits: [wait] }]);
    await store().commit([{ ...begin('r3', { status: 'suspended' }), waits: [{ ...wait, name: 'other' }] }]);
    const { woken } = await store().publish({ name: 'built', data: null, ts: 42, expiresAt: 99 });
    expect(woken).toEqual(['r1']);
    expect((await store().run('r1'))?.wakeAt).toBe(42);
    expect((await store().run('r3'))?.wakeAt).toBeUndefined();
    await store().send('r3', { type: 'ANSWER' }, 43);
    expect((await store().run('r3'))?.wakeAt).toBe(43);
  });
}
