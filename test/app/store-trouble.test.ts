/** What a run does when its store refuses: it stops acting, says so, and can be resumed. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { acquireEngine } from '../../src/app/project.ts';
import { StoreError } from '../../src/store/errors.ts';
import { begin, finish, newWorld, openWorld, resume, settled } from '../runtime/test-project.ts';

const SOURCE = `
name: t
steps:
  - { id: a, type: effect, value: 1 }
  - { id: b, type: effect, needs: a, gate: g }
  - { id: c, type: effect, needs: b }
`;
const diskFull = (): StoreError =>
  new StoreError('STORE_DISK_FULL', 'no space left', { hint: 'free some space' });

describe('a disk that fills up', () => {
  test('ends the run in this process before any effect whose intent is not on disk; it goes on later', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    const run = await begin(project, SOURCE);
    await settled();
    const commit = engine.store.commit.bind(engine.store);
    engine.store.commit = () => Promise.reject(diskFull());
    world.effects.open('g');
    await expect(finish(world, run)).rejects.toMatchObject({ code: 'STORE_DISK_FULL' });
    expect(world.effects.begun).toEqual(['a', 'b']);
    expect(engine.runs).toEqual([]);
    expect(engine.slots.used).toEqual({});
    engine.store.commit = commit;
    await release();
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result.status).toBe('success');
    // b was in flight: its result could not be stored, so it is redone; c had not begun.
    expect(world.effects.begun).toEqual(['a', 'b', 'b', 'c']);
  });

  test('at the very first commit leaves no run behind', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    engine.store.commit = () => Promise.reject(diskFull());
    const run = await begin(project, SOURCE);
    await expect(finish(world, run)).rejects.toMatchObject({ code: 'STORE_DISK_FULL' });
    expect(await engine.store.run(run.runId)).toBeUndefined();
    expect(world.effects.begun).toEqual([]);
    await release();
  });
});

test('a step kind that throws what is no failure stops the run with that error, to be resumed when it is mended', async () => {
  const bug = new TypeError('x is undefined');
  let broken = true;
  const { Type } = await import('@sinclair/typebox');
  const kind = {
    kind: 'buggy',
    summary: 'Has a bug.',
    schema: Type.Object({}),
    run: () => (broken ? Promise.reject(bug) : Promise.resolve({ output: 1 })),
  };
  const world = newWorld({ kinds: [kind as never] });
  const run = await begin(
    openWorld(world),
    'name: t\nsteps:\n  - { id: a, type: buggy }\nfinally: [{ id: f, type: effect }]\n',
  );
  await expect(finish(world, run)).rejects.toBe(bug);
  expect(world.effects.begun).toEqual([]);
  broken = false;
  expect((await finish(world, await resume(openWorld(world), run.runId))).status).toBe('success');
});

test.skipIf(process.getuid?.() === 0)(
  'a state folder that cannot be written is told as such (skipped as root, whom no mode stops)',
  async () => {
    const world = newWorld();
    const folder = dirname(world.config.storage.path);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o500);
    await expect(begin(openWorld(world), SOURCE)).rejects.toMatchObject({
      code: 'STORE_READONLY',
      exitCode: 5,
    });
    chmodSync(folder, 0o700);
  },
);

test('a state folder that cannot be made is told as such', async () => {
  const world = newWorld({ files: { occupied: 'a file' } });
  const config = {
    ...world.config,
    storage: { ...world.config.storage, path: join(world.cwd, 'occupied/state.db') },
  };
  await expect(begin(openWorld({ ...world, config }), SOURCE)).rejects.toMatchObject({ exitCode: 5 });
});
