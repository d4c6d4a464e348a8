/** A pool serves waiting steps by priority, unless the workflow says first come, first served. */
import { expect, test } from 'vitest';
import { begin, newWorld, openWorld } from './test-project.ts';

const source = (pool: string): string => `
name: pooled
pools: { api: ${pool} }
steps:
  - { id: first, type: effect, pool: api }
  - { id: low, type: effect, pool: api, priority: 1 }
  - { id: high, type: effect, pool: api, priority: 9 }
`;

const order = async (pool: string): Promise<string[]> => {
  const world = newWorld();
  const run = await begin(openWorld(world), source(pool));
  const started: string[] = [];
  run.subscribe((event) => {
    if (event.type === 'step.started' && event.path !== undefined) started.push(event.path);
  });
  expect((await run.result).status).toBe('success');
  return started;
};

test('the higher priority is served first', async () => {
  expect(await order('1')).toEqual(['first', 'high', 'low']);
  expect(await order('{ limit: 1, priority: true }')).toEqual(['first', 'high', 'low']);
});

test('with priority: false the one that came first is served first', async () => {
  expect(await order('{ limit: 1, priority: false }')).toEqual(['first', 'low', 'high']);
});
