/** Compiled statecharts against a scheduler of forty lines, over random graphs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, finish, newWorld, openWorld, statuses } from '../runtime/test-project.ts';
import { countBegun, crashedAt, essence, undisturbed, wrongEffects } from './crash.ts';
import { randomWorkflow, type Size, toYaml } from './random-workflow.ts';
import { type RandomWorkflow, schedule } from './reference-scheduler.ts';

const FULL = process.env.KEYSTONE_FULL === '1' ? 10 : 1;
const UNLIMITED = { config: { concurrency: 10_000 } };

async function compare(workflows: fc.Arbitrary<RandomWorkflow>, numRuns: number): Promise<void> {
  const world = newWorld(UNLIMITED);
  const project = openWorld(world);
  const { release } = await acquireEngine(project);
  await fc.assert(
    fc.asyncProperty(workflows, async (workflow) => {
      world.effects.log.length = 0;
      const wanted = schedule(workflow);
      const result = await finish(world, await begin(project, toYaml(workflow)));
      expect(statuses(result)).toEqual(Object.fromEntries(wanted.ends));
      expect(result.status).toBe(wanted.failed ? 'failed' : 'success');
      const begun = world.effects.log.filter(({ what }) => what === 'begin');
      // Each step once, and what it saw of its needs was final: order and data in one.
      expect(Object.fromEntries(begun.map(({ path, value }) => [path, value]))).toEqual(
        Object.fromEntries(wanted.seen),
      );
      expect(begun).toHaveLength(wanted.seen.size);
    }),
    { numRuns: numRuns * FULL, endOnFailure: true },
  );
  await release();
}

describe('a compiled body does what a scheduler of forty lines does', () => {
  test.each<[string, Size, number]>([
    ['dense graphs', { min: 2, max: 12, density: 45 }, 120],
    ['sparse graphs', { min: 8, max: 24, density: 20 }, 50],
    ['graphs too wide for regions', { min: 24, max: 60, density: 14 }, 25],
  ])('%s', (_, size, runs) => compare(randomWorkflow(size), runs), FULL * 120_000);
});

test(
  'random graphs survive a crash at a random commit',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          randomWorkflow({ min: 3, max: 10, density: 40 }),
          randomWorkflow({ min: 20, max: 30, density: 15 }),
        ),
        fc.integer({ min: 1, max: 1000 }),
        async (workflow, roll) => {
          const wanted = schedule(workflow);
          const test = { source: toYaml(workflow), newWorld: () => newWorld(UNLIMITED) };
          const calm = await undisturbed(test);
          const crashed = await crashedAt(test, 1 + (roll % Math.max(1, calm.commits - 1)));
          // A redone step takes its time again, so races may end otherwise; each step still ends, and begins once but for redoing.
          expect(Object.keys(crashed.result.steps).length).toBe(workflow.steps.length);
          for (const [key, count] of countBegun(crashed.world))
            expect([key, count <= 1 + (crashed.inFlight.get(key) ?? 0)]).toEqual([key, true]);
          if (isOrderFree(workflow)) {
            expect(wrongEffects(calm, crashed)).toEqual([]);
            expect(statuses(crashed.result)).toEqual(Object.fromEntries(wanted.ends));
            expect(essence(crashed.result)).toEqual(essence(calm.result));
          }
        },
      ),
      { numRuns: 30 * FULL, endOnFailure: true },
    );
  },
  FULL * 120_000,
);

/** Nothing depends on who is quicker. */
const isOrderFree = ({ steps, onFailure }: RandomWorkflow): boolean =>
  onFailure === 'continue' && steps.every(({ join }) => typeof join !== 'number');
