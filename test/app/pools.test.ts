/** What `keystone pools` is told. */
import { Value } from '@sinclair/typebox/value';
import { expect, test } from 'vitest';
import { listPools } from '../../src/app/index.ts';
import { poolsShape } from '../../src/cli/pools-shape.ts';
import { begin, finish, newWorld, openWorld, settled } from '../runtime/test-project.ts';

test('pools tells limit, use, queue and longest wait, from another process too', async () => {
  const world = newWorld({ config: { pools: { scarce: { limit: 2 }, idle: { limit: 3 } } } });
  const steps = [0, 1, 2, 3].map((i) => `  - { id: s${i}, type: effect, pool: scarce, hang: true }`);
  const run = await begin(openWorld(world), `name: busy\nsteps:\n${steps.join('\n')}\n`);
  await settled();
  world.clock.advance(5000);
  const pools = await listPools(openWorld(world));
  expect(Value.Check(poolsShape, pools)).toBe(true);
  const [scarce, idle] = pools;
  expect(scarce).toMatchObject({
    pool: 'scarce',
    limit: 2,
    used: 2,
    utilization: 1,
    queued: 2,
    longestWaitMs: 5000,
    holders: [
      { runId: run.runId, workflow: 'busy', step: 's0' },
      { runId: run.runId, workflow: 'busy', step: 's1' },
    ],
    processes: [{ slots: 2 }],
  });
  expect(idle).toMatchObject({
    pool: 'idle',
    used: 0,
    utilization: 0,
    queued: 0,
    longestWaitMs: 0,
    holders: [],
  });
  run.cancel();
  await finish(world, run);
  expect((await listPools(openWorld(world)))[0]).toMatchObject({ used: 0, queued: 0, processes: [] });
});
