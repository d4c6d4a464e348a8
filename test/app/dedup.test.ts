/** Names of effects as people see and clear them. */
import { expect, test } from 'vitest';
import { clearDedup, listDedup, pruneDedup } from '../../src/app/index.ts';
import { begin, finish, newWorld, openWorld, settled } from '../runtime/test-project.ts';

const flow = (key: string, more = ''): string => `
name: t
inputs: { token: { type: string, secret: true, default: correct-horse-battery } }
steps:
  - { id: a, type: effect, idempotencyKey: "${key}", idempotencyScope: global${more} }
`;

test('keys are listed newest first, with secrets masked, and cleared by text, even a secret one, or by id', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const first = await finish(world, await begin(project, flow("'order-7'")));
  world.clock.advance(1);
  await finish(world, await begin(openWorld(world), flow('inputs.token', ', idempotencyTtlSeconds: 60')));
  const [masked, plain] = await listDedup(openWorld(world));
  expect(masked).toMatchObject({ key: '***', scope: 'global', status: 'done', step: 'a' });
  expect(masked?.expiresAt).toBe(world.clock.now() + 60_000);
  expect(plain).toMatchObject({ key: 'order-7', runId: first.runId });
  expect(JSON.stringify([masked, plain])).not.toContain('correct-horse');
  await expect(clearDedup(openWorld(world), { key: 'order-8' })).rejects.toThrow('no effect has the key');
  expect(await clearDedup(openWorld(world), { key: 'correct-horse-battery' })).toEqual({
    cleared: 1,
    kept: [],
  });
  expect((await clearDedup(openWorld(world), { key: plain?.id ?? '' })).cleared).toBe(1);
  await finish(world, await begin(openWorld(world), flow("'order-7'")));
  expect(world.effects.count('a')).toBe(3);
});

test('a key in flight in a live run is kept, those of a run and all are cleared together, expired ones pruned', async () => {
  const world = newWorld();
  const live = openWorld(world);
  const done = await finish(world, await begin(openWorld(world), flow("'done'")));
  await finish(world, await begin(openWorld(world), flow("'old'", ', idempotencyTtlSeconds: 1')));
  const run = await begin(live, flow("'busy'", ', gate: g'));
  await settled();
  world.clock.advance(1000);
  expect((await listDedup(openWorld(world), { runId: done.runId })).map(({ key }) => key)).toEqual(['done']);
  // The claim of the next step would have dropped it as well.
  expect((await listDedup(openWorld(world))).map(({ key }) => key).sort()).toEqual(['busy', 'done']);
  expect(await pruneDedup(openWorld(world))).toBe(1);
  expect((await clearDedup(openWorld(world), { runId: done.runId })).cleared).toBe(1);
  expect(await clearDedup(openWorld(world), 'all')).toMatchObject({ cleared: 0, kept: [{ key: 'busy' }] });
  world.effects.open('g');
  await finish(world, run);
  expect((await clearDedup(openWorld(world), 'all')).cleared).toBe(1);
});
