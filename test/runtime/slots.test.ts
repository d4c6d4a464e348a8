import { describe, expect, test } from 'vitest';
import { acquireEngine } from '../../src/app/project.ts';
import { begin, finish, newWorld, openWorld, runToEnd, settled } from './test-project.ts';

const MANY = Array.from(
  { length: 9 },
  (_, i) => `  - { id: s${i}, type: effect, ms: 10, priority: ${i % 3} }`,
).join('\n');

describe('how many run at once', () => {
  test.each([
    ['a number', 'concurrency: 2', 2],
    ['an expression', 'concurrency: "${{ inputs.n * 3 }}"', 3],
  ])('is bounded by the workflow’s concurrency as %s', async (_, field, most) => {
    const { world, result } = await runToEnd(
      `name: t\ninputs: { n: { type: integer, default: 1 } }\n${field}\nsteps:\n${MANY}\n`,
    );
    expect(result.status).toBe('success');
    expect(world.effects.mostRunning).toBe(most);
  });

  test('a concurrency that is no whole number is refused before anything runs', async () => {
    await expect(
      runToEnd(
        `name: t\ninputs: { n: { type: number, default: 0.5 } }\nconcurrency: "\${{ inputs.n }}"\nsteps:\n${MANY}\n`,
      ),
    ).rejects.toMatchObject({ code: 'CONCURRENCY' });
  });

  test('is bounded by the process over all its runs', async () => {
    const world = newWorld({ config: { concurrency: 3 } });
    const project = openWorld(world);
    const runs = await Promise.all([1, 2].map(() => begin(project, `name: t\nsteps:\n${MANY}\n`)));
    for (const run of runs) await finish(world, run);
    expect(world.effects.mostRunning).toBe(3);
    expect(world.effects.begun).toHaveLength(18);
  });

  test('a pool of the workflow only makes a configured one smaller; priority goes first', async () => {
    const { world } = await runToEnd(
      `name: t\npools: { scarce: 5 }\nsteps:\n${MANY.replaceAll('type: effect', 'type: effect, pool: scarce')}\n`,
      { config: { pools: { scarce: { limit: 2 } } } },
    );
    expect(world.effects.mostRunning).toBe(2);
    expect(world.effects.begun).toEqual(['s2', 's5', 's8', 's1', 's4', 's7', 's0', 's3', 's6']);
  });
});

test.each([
  ['success', ''],
  ['failed', 'fail: true, retryable: false'],
  ['timed out', 'hang: true, timeout: 1s'],
  ['skipped by a time-out', 'hang: true, timeout: 1s, onTimeout: skip'],
  ['failed for good after retries', 'fail: true, retry: { count: 2, baseDelay: 1s }'],
  ['of a wrong output', 'value: 1, outputSchema: { type: string }'],
  ['that threw an expression', 'value: "${{ inputs.none.at.all }}"'],
])('a step %s gives its slots back', async (_, fields) => {
  const world = newWorld({ config: { concurrency: 1 } });
  const project = openWorld(world);
  const { engine, release } = await acquireEngine(project);
  const run = await begin(
    project,
    `name: t\non_failure: continue\ninputs: { none: { type: object, default: {} } }\nsteps:\n  - { id: a, type: effect, ${fields} }\n  - { id: b, type: effect }\n`,
  );
  await finish(world, run);
  expect(world.effects.begun).toContain('b');
  expect(engine.slots.used).toEqual({});
  await release();
});

test('a run that is given up or canceled gives its slots to the others', async () => {
  const world = newWorld({ config: { concurrency: 2 } });
  const project = openWorld(world);
  const { engine, release } = await acquireEngine(project);
  const hanging =
    'name: t\nsteps:\n  - { id: a, type: effect, hang: true }\n  - { id: b, type: effect, hang: true }\n  - { id: c, type: effect }\n';
  const [first, second] = [await begin(project, hanging), await begin(project, hanging)];
  await settled();
  await first.abort();
  await settled();
  expect(engine.slots.used).toEqual({ process: 2 });
  second.cancel();
  await finish(world, second);
  expect(engine.slots.used).toEqual({});
  expect(engine.slots.waiting).toBe(0);
  await release();
});
