import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acquireEngine } from '../../../src/app/project.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { randomWorkflow, toYaml } from '../../proof/random-workflow.ts';
import type { RandomWorkflow } from '../../proof/reference-scheduler.ts';
import { daily } from '../../proof/seed-of-the-day.ts';
import { Effects, effectKind } from '../../runtime/test-kinds.ts';
import { begin, finish, newWorld, openWorld, statuses } from '../../runtime/test-project.ts';
import { proveSource } from './prove-source.ts';

const catalog = new Map([...builtinCatalog, ['effect', effectKind(new Effects())] as const]);
const RUNS = process.env.KEYSTONE_FULL === '1' ? 400 : 25;

type Trace = NonNullable<ReturnType<typeof proveSource>['findings'][number]['trace']>;

/** The workflow with steps that end as the trace says, in its order; what the trace does not name comes later. */
function asTraced(workflow: RandomWorkflow, { events }: Trace): RandomWorkflow {
  const place = new Map(events.map(({ step }, at) => [step, at]));
  const failed = new Set(
    events.flatMap(({ step, ends }) => (ends === 'failed' || ends === 'allowed' ? [step] : [])),
  );
  const steps = workflow.steps.map((step, at) => {
    const turn = place.get(step.id);
    // Durations add up along needs, so each is much longer than all before it together.
    return { ...step, fails: failed.has(step.id), ms: turn === undefined ? 10 ** 9 + at : 8 ** (turn + 1) };
  });
  return { ...workflow, steps };
}

test('the engine comes to the same ends when steps end as a trace says', async () => {
  const world = newWorld({ config: { concurrency: 10_000 } });
  const project = openWorld(world);
  const { release } = await acquireEngine(project);
  let replayed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        randomWorkflow({ min: 3, max: 7, density: 50 }),
        randomWorkflow({ min: 3, max: 7, density: 60, races: true }),
      ),
      fc.boolean(),
      async (workflow, reads) => {
        // A step that fails while it reads takes no time, so what a trace lets end before it is canceled here.
        if (reads && workflow.onFailure === 'cancel') return;
        const write = (each: RandomWorkflow): string =>
          reads
            ? toYaml(each)
                .replaceAll('.status', '.output.k')
                .replaceAll(/value: ("[^"]*")/g, 'value: { k: $1 }')
            : toYaml(each);
        const races = workflow.steps.some(({ cancelRest }) => cancelRest === true);
        for (const { trace, question, confirmed } of proveSource(write(workflow), { catalog }).findings) {
          if (trace === undefined || question === 'handlers') continue;
          // What ends a step at the moment of its turn may be first or second: only the statechart can tell.
          if (races && confirmed !== true) continue;
          const source = write(asTraced(workflow, trace));
          const result = await finish(world, await begin(project, source));
          const ends = statuses(result);
          for (const { step, ends: end } of trace.events)
            expect([step, ends[step], source]).toEqual([step, end === 'allowed' ? 'success' : end, source]);
          replayed++;
        }
      },
    ),
    { numRuns: RUNS, ...daily() },
  );
  await release();
  expect(replayed).toBeGreaterThan(RUNS / 4);
}, 120_000);
