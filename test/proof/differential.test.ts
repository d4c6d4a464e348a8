/** Compiled statecharts against a scheduler of forty lines, over random graphs. */
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, finish, newWorld, openWorld, statuses } from '../runtime/test-project.ts';
import { type Crashed, crashedAt, type Death, essence, FULL, undisturbed, wrongEffects } from './crash.ts';
import { randomWorkflow, type Size, toYaml } from './random-workflow.ts';
import { type End, type OnDisk, type RandomWorkflow, schedule } from './reference-scheduler.ts';
import { daily } from './seed-of-the-day.ts';

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
      expect(told(Object.entries(statuses(result)), wanted)).toEqual(told(wanted.ends, wanted));
      expect(wanted.first.length === 0 ? [undefined] : wanted.first).toContain(result.error?.stepId);
      expect(result.status).toBe(wanted.failures.length > 0 ? 'failed' : 'success');
      const begun = world.effects.log.filter(({ what }) => what === 'begin');
      // Each step once, and what it saw of its needs was final: order and data in one.
      const sure = ([path]: readonly [string, unknown]): boolean => !wanted.either.has(path);
      const saw = begun.map(({ path, value }) => [path, value] as const).filter(sure);
      expect(Object.fromEntries(saw)).toEqual(Object.fromEntries([...wanted.seen].filter(sure)));
      expect(new Set(begun.map(({ path }) => path)).size).toBe(begun.length);
    }),
    { numRuns: FULL ? numRuns * 10 : numRuns, endOnFailure: true, ...daily() },
  );
  await release();
}

describe('a compiled body does what a scheduler of forty lines does', () => {
  test.each<[string, Size, number]>([
    ['dense graphs', { min: 2, max: 12, density: 45 }, 120],
    ['sparse graphs', { min: 8, max: 24, density: 20 }, 50],
    ['graphs too wide for regions', { min: 24, max: 60, density: 14 }, 25],
    ['races', { min: 3, max: 14, density: 50, races: true }, 120],
  ])('%s', (_, size, runs) => compare(randomWorkflow(size), runs), 600_000);
});

test('random graphs survive crashes at random commits exactly as the scheduler foretells from what is on disk', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        randomWorkflow({ min: 3, max: 10, density: 40 }),
        randomWorkflow({ min: 20, max: 30, density: 15 }),
        randomWorkflow({ min: 4, max: 12, density: 50, races: true }),
      ),
      fc.integer({ min: 1, max: 1000 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
      async (workflow, roll, laterLives) => {
        const test = { source: toYaml(workflow), newWorld: () => newWorld(UNLIMITED) };
        const calm = await undisturbed(test);
        const crashed = await crashedAt(test, 1 + (roll % Math.max(1, calm.commits - 1)), ...laterLives);
        foretold(workflow, crashed);
        if (isOrderFree(workflow)) {
          expect(wrongEffects(calm, crashed)).toEqual([]);
          // Which of several failures comes first is foretold above.
          const found = essence(crashed.result);
          expect(found).toEqual({ ...essence(calm.result), error: found.error ?? null });
        }
        for (const { world } of [calm, crashed]) rmSync(world.cwd, { recursive: true });
      },
    ),
    {
      numRuns: FULL ? 3000 : 40,
      interruptAfterTimeLimit: FULL ? 500_000 : 60_000,
      endOnFailure: true,
      ...daily(),
    },
  );
}, 600_000);

/** Ends without those that are the engine's business. */
const told = (ends: Iterable<[string, string]>, { either }: { either: Set<string> }): object =>
  Object.fromEntries([...ends].filter(([id]) => !either.has(id)));

/** A redone step takes its time again, so races may end otherwise than in a calm run; from what is on disk they are certain. */
function foretold(workflow: RandomWorkflow, { result, world, deaths }: Crashed): void {
  const { log } = world.effects;
  [...deaths, undefined].forEach((death, life) => {
    const former = deaths[life - 1];
    const wanted = schedule(workflow, former && onDisk(former));
    const begun = log.slice(former?.effects ?? 0, death?.effects).filter(({ what }) => what === 'begin');
    const seen = begun.map(({ path, value }) => [path, value] as const);
    expect(new Set(seen.map(([path]) => path)).size).toBe(seen.length);
    const sure = ([path]: readonly [string, unknown]): boolean => !wanted.either.has(path);
    const saw = Object.fromEntries(seen.filter(sure));
    const foreseen = Object.fromEntries([...wanted.seen].filter(sure));
    if (death !== undefined) {
      expect(foreseen).toMatchObject(saw);
      return;
    }
    expect(saw).toEqual(foreseen);
    expect(told(Object.entries(statuses(result)), wanted)).toEqual(told(wanted.ends, wanted));
    expect(wanted.first.length === 0 ? [undefined] : wanted.first).toContain(result.error?.stepId);
    expect(result.status).toBe(wanted.failures.length > 0 ? 'failed' : 'success');
  });
}

function onDisk({ disk }: Death): OnDisk {
  const rows = [...disk];
  const ended = rows.filter((row): row is [string, End] => row[1] !== 'running');
  return {
    ended: new Map(ended),
    begun: new Set(rows.filter(([, status]) => status === 'running').map(([path]) => path)),
  };
}

/** Nothing depends on who is quicker. */
const isOrderFree = ({ steps, onFailure }: RandomWorkflow): boolean =>
  onFailure === 'continue' && steps.every(({ join }) => typeof join !== 'number');
