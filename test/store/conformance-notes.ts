/** What every Store must do with the notes of attempts. */
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { begin } from './fixtures.ts';

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

export function notes({ store, open }: Context): void {
  const note = {
    path: 'ask[1]',
    epoch: 2,
    number: 1,
    attempt: 1,
    body: { turn: 1, text: 'ü', list: [null] },
  };

  it('keeps notes in the order of their numbers, each step and epoch for itself', async () => {
    await store().commit([{ ...begin('r1'), notes: [note] }]);
    await store().commit([
      {
        runId: 'r1',
        notes: [
          { ...note, number: 2, attempt: 3 },
          { ...note, epoch: 1 },
          { ...note, path: 'ask' },
        ],
      },
    ]);
    const another = await open();
    const found = await another.notes.of('r1', 'ask[1]', 2);
    expect(found).toEqual([note, { ...note, number: 2, attempt: 3 }]);
    expect(await another.notes.of('r2', 'ask[1]', 2)).toEqual([]);
  });

  it('takes a note of several megabytes', async () => {
    const body = 'x'.repeat(5_000_000);
    await store().commit([{ ...begin('r1'), notes: [{ ...note, body }] }]);
    expect((await store().notes.of('r1', 'ask[1]', 2))[0]?.body).toBe(body);
  });
}
