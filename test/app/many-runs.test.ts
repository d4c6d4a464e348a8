/** A scheduler among a thousand suspended runs reads those that are due, and no others. */
import { expect, test } from 'vitest';
import { runScheduler } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { cpuMsOf } from '../cpu-time.ts';
import { begin, finish, newWorld, openWorld, settled } from '../runtime/test-project.ts';

const HOUR = 3_600_000;

test('one of a thousand suspended runs is picked up without loading the others', async () => {
  const world = newWorld();
  const source =
    'name: t\nsteps: [{ id: nap, type: sleep, duration: 1h }, { id: a, type: effect, needs: nap }]\n';
  const due = await finish(world, await begin(openWorld(world), source, { wait: false }));
  const project = openWorld(world);
  const { engine, release } = await acquireEngine(project);
  const { store } = engine;
  const image = await store.image(due.runId);
  if (image === undefined) throw new Error('the run is gone');
  const { owner: _, leaseUntil: __, ...row } = image.run;
  await store.commit(
    Array.from({ length: 999 }, (_each, index) => {
      const runId = `other${index}`;
      const wakeAt = world.clock.now() + 100 * HOUR + index;
      return { runId, create: { ...row, runId, wakeAt, source: image.source, plan: image.plan } };
    }),
  );
  const read: string[] = [];
  for (const name of ['image', 'run', 'claim'] as const) {
    const original = store[name].bind(store) as (runId: string, ...more: never[]) => never;
    Object.assign(store, {
      [name]: (runId: string, ...more: never[]) => {
        read.push(`${name} ${runId}`);
        return original(runId, ...more);
      },
    });
  }
  world.clock.advance(2 * HOUR);
  // The best of some: CPU time of the whole process, which may collect garbage meanwhile.
  let leastCpuMs = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 5; time++) {
    const tookMs = await cpuMsOf(async () =>
      expect(await store.dueRuns(world.clock.now(), 8)).toEqual([due.runId]),
    );
    leastCpuMs = Math.min(leastCpuMs, tookMs);
  }
  expect(leastCpuMs).toBeLessThan(50);
  let count: number | undefined;
  const left: string[] = [];
  const working = runScheduler(project, {
    once: true,
    onLeave: (id, status) => left.push(`${id} ${status}`),
  });
  void working.then((value) => {
    count = value;
  });
  for (let turn = 0; turn < 400 && count === undefined; turn++) {
    await settled();
    if (world.clock.next !== undefined && world.clock.next <= 500) world.clock.advance(world.clock.next);
  }
  expect(left).toEqual([`${due.runId} success`]);
  expect(read).toContain(`image ${due.runId}`);
  expect(read.filter((each) => each.includes('other'))).toEqual([]);
  await release();
});
