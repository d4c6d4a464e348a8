/** What every Store must do with values that are kept outside of rows. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/port.ts';

interface Context {
  store(): Store;
}

export function blobs({ store }: Context): void {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

  it('keeps content under its sha256, once', () => {
    expect(store().blobs.put(Buffer.from('abc'), 'r1')).toEqual({ blob: abc, bytes: 3 });
    expect(store().blobs.put(Buffer.from('abc'), 'r1')).toEqual({ blob: abc, bytes: 3 });
    expect(Buffer.from(store().blobs.get(abc) ?? []).toString()).toBe('abc');
    expect(readFileSync(store().blobs.path(abc), 'utf8')).toBe('abc');
    expect(store().blobs.get('0'.repeat(64))).toBeUndefined();
  });

  it('takes content in chunks', () => {
    const sink = store().blobs.open('r1');
    for (const chunk of ['a', '', 'bc']) sink.write(Buffer.from(chunk));
    expect(sink.end()).toEqual({ blob: abc, bytes: 3 });
    expect(() => sink.write(Buffer.from('x'))).toThrow(/ended/);
  });

  it('leaves nothing of an aborted blob', () => {
    const sink = store().blobs.open('r1');
    sink.write(Buffer.from('abc'));
    sink.abort();
    sink.abort();
    expect(store().blobs.get(abc)).toBeUndefined();
  });

  it('refuses names that are no sha256', () => {
    expect(() => store().blobs.get('../../etc/passwd')).toThrow(/sha256/);
  });
}
