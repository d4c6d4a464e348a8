/** A block with more branches than go on at once: what only waits does not keep the others out. */
import { expect, test } from 'vitest';
import { listTimers } from '../../src/app/index.ts';
import { begin, finish, newWorld, openWorld, statuses } from './test-project.ts';

const COUNT = 100;
const many = (step: (at: number) => string): string =>
  Array.from({ length: COUNT }, (_, at) => `  - { id: w${at}, ${step(at)} }\n`).join('');

test('all questions are asked at once, and all sleeps are slept at once', async () => {
  const world = newWorld();
  const source = `name: t\nsteps:\n${many((at) => (at % 2 === 0 ? `type: human, message: "${at}?"` : 'type: sleep, duration: 9h'))}`;
  const run = await begin(openWorld(world), source, { wait: false });
  expect(await finish(world, run)).toMatchObject({ status: 'suspended' });
  expect(await listTimers(openWorld(world))).toHaveLength(COUNT);
});

test('steps that wait in a branch of their own leave room, too', async () => {
  const world = newWorld();
  const source = `name: t\nsteps:\n${many(() => 'type: wait, event: go, oneShot: false')}${Array.from(
    { length: COUNT },
    (_, at) => `  - { id: x${at}, type: effect, needs: w${at} }\n`,
  ).join('')}  - { id: early, type: effect }\n  - { id: tell, type: emit, event: go, needs: early }\n`;
  const result = await finish(world, await begin(openWorld(world), source));
  expect(result.status).toBe('success');
  expect(world.effects.begun).toHaveLength(COUNT + 1);
});

test('steps that wait for an event leave room for the one that sends it', async () => {
  const world = newWorld();
  const source = `name: t\nsteps:\n${many(() => 'type: wait, event: go, oneShot: false')}  - { id: tell, type: emit, event: go }\n`;
  const result = await finish(world, await begin(openWorld(world), source));
  expect(result.status).toBe('success');
  expect(new Set(Object.values(statuses(result)))).toEqual(new Set(['success']));
});
