/** What every Store must do with artifacts. */
import { expect, it } from 'vitest';
import type { ArtifactFile, ArtifactRow, Store } from '../../src/store/port.ts';
import { begin } from './fixtures.ts';

interface Context {
  store(): Store;
  open(): Promise<Store>;
}

export const anArtifact = (runId: string, changes: Partial<ArtifactRow> = {}): ArtifactRow => ({
  runId,
  name: 'dist',
  step: 'upload',
  digest: 'd'.repeat(64),
  files: 1,
  bytes: 3,
  createdAt: 1_700_000_000_000,
  ...changes,
});

export function artifacts({ store, open }: Context): void {
  const file = (path: string, changes: Partial<ArtifactFile> = {}): ArtifactFile => ({
    path,
    blob: 'a'.repeat(64),
    bytes: 3,
    executable: false,
    ...changes,
  });

  it('gives back an artifact and its files, by name and path', async () => {
    await store().commit([begin('r1')]);
    const dist = anArtifact('r1', { files: 2, bytes: 2 ** 40 });
    const files = [file('b/ü.txt', { bytes: 2 ** 40 }), file('a', { executable: true })];
    expect(await store().artifacts.put(dist, files, false)).toEqual({ kept: true });
    expect(await store().artifacts.put(anArtifact('r1', { name: 'a' }), [], false)).toEqual({ kept: true });
    const another = await open();
    expect(await another.artifacts.of('r1')).toEqual([anArtifact('r1', { name: 'a' }), dist]);
    expect(await another.artifacts.files('r1', 'dist')).toEqual([files[1], files[0]]);
    expect(await another.artifacts.of('r2')).toEqual([]);
    expect(await another.artifacts.files('r1', 'none')).toEqual([]);
  });

  it('replaces the artifact of the same step, and that of another only when told to', async () => {
    await store().commit([begin('r1')]);
    await store().artifacts.put(anArtifact('r1'), [file('old')], false);
    const again = anArtifact('r1', { digest: 'e'.repeat(64) });
    expect(await store().artifacts.put(again, [file('new')], false)).toEqual({ kept: true });
    expect(await store().artifacts.files('r1', 'dist')).toEqual([file('new')]);
    const other = anArtifact('r1', { step: 'other' });
    expect(await store().artifacts.put(other, [], false)).toEqual({ kept: false, other: again });
    expect(await store().artifacts.of('r1')).toEqual([again]);
    expect(await store().artifacts.put(other, [], true)).toEqual({ kept: true });
    expect(await store().artifacts.of('r1')).toEqual([other]);
    expect(await store().artifacts.files('r1', 'dist')).toEqual([]);
  });

  it('refuses artifacts of runs that another process has taken over, or that do not exist', async () => {
    await store().commit([begin('r1', { owner: 'somebody-else', leaseUntil: 9e15 })]);
    await expect(store().artifacts.put(anArtifact('r1'), [], false)).rejects.toMatchObject({
      code: 'STORE_RUN_TAKEN',
    });
    await expect(store().artifacts.put(anArtifact('r2'), [], false)).rejects.toMatchObject({
      code: 'STORE_UNKNOWN_RUN',
    });
  });

  it('knows the family of a run', async () => {
    const child = (id: string, parentRunId: string) => begin(id, { parentRunId, parentPath: 'x' });
    await store().commit([begin('root'), begin('stranger'), child('a', 'root'), child('b', 'root')]);
    await store().commit([child('a1', 'a'), child('a2', 'a')]);
    expect(await store().artifacts.family('a1')).toEqual({
      self: 'a1',
      ancestors: ['a', 'root'],
      others: expect.arrayContaining(['b', 'a2']),
    });
    expect(await store().artifacts.family('root')).toMatchObject({ ancestors: [] });
    expect((await store().artifacts.family('root')).others.sort()).toEqual(['a', 'a1', 'a2', 'b']);
    expect(await store().artifacts.family('stranger')).toEqual({
      self: 'stranger',
      ancestors: [],
      others: [],
    });
  });
}
