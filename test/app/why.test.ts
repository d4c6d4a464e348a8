/** `keystone why` answers for every status, from the states of the run's own machines. */
import { expect, test } from 'vitest';
import { answerRun, why } from '../../src/app/index.ts';
import { begin, finish, newWorld, openWorld, settled } from '../runtime/test-project.ts';

const SOURCE = `
name: t
concurrency: 3
pools: { api: 1 }
steps:
  - { id: build, type: effect, gate: build }
  - { id: api1, type: effect, pool: api, gate: api }
  - { id: api2, type: effect, pool: api, gate: api }
  - { id: lint, type: effect, needs: build, if: "false" }
  - { id: retries, type: effect, needs: build, fail: 1, retry: { count: 1, baseDelay: 1h, jitter: false } }
  - { id: nap, type: sleep, duration: 2h }
  - { id: word, type: wait, event: go, match: "data == 1" }
  - { id: ask, type: human, message: "Go?" }
  - { id: some, type: join, needs: [build, api2, nap], condition: 2 }
  - { id: last, type: effect, needs: [build, api1, ask] }
finally: [{ id: clean, type: effect }]
`;

test('of a run that goes on', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(project, SOURCE);
  await settled();
  world.clock.advance(3000);
  const lines = async (path: string): Promise<string> => {
    const { status, lines: said } = await why(project, run.runId, path);
    return `${status}: ${said.join('; ')}`;
  };
  expect(await lines('build')).toBe('running: attempt 1 is running for 3 s');
  expect(await lines('api2')).toBe(
    'queued: waits for a slot (pool api, and the concurrency of run and process)',
  );
  expect(await lines('lint')).toBe('pending: waits for 1 of 1 needs: build (running 3 s)');
  expect(await lines('nap')).toBe('suspended: sleeps, until 2026-01-01T02:00:00.000Z');
  expect(await lines('word')).toBe('suspended: waits for an event "go" for which data == 1');
  expect(await lines('ask')).toBe('suspended: waits for an answer to "Go?"');
  expect(await lines('some')).toBe(
    'pending: waits for 2 of 3 needs, 3 of which are open: build (running 3 s), api2 (queued in pool api), nap (sleeps)',
  );
  expect(await lines('last')).toBe(
    'pending: waits for 3 of 3 needs: build (running 3 s), api1 (running 3 s), ask (waits for an answer to "Go?")',
  );
  expect(await lines('finally/clean')).toBe('pending: the finally block has not begun; the run is running');
  world.effects.open('build');
  await settled();
  expect(await lines('build')).toBe('success: ran 1 attempt');
  expect(await lines('lint')).toBe('skipped: if: false is false');
  expect(await lines('retries')).toContain('retrying: attempt 1 failed');
  await expect(why(project, run.runId, 'lnit')).rejects.toMatchObject({ hint: 'did you mean lint?' });
  await answerRun(project, run.runId, 'ask', true);
  run.cancel();
  world.effects.open('api');
  await finish(world, run);
  expect((await why(openWorld(world), run.runId, 'last')).lines[0]).toContain('canceled');
});

test('of a failure it says why it was not tried again', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(
    project,
    `
name: t
on_failure: continue
steps:
  - { id: final, type: effect, fail: true, retryable: false, retry: { count: 3 } }
  - { id: spent, type: effect, fail: true, retry: { count: 2, baseDelay: 1s } }
  - { id: items, type: effect, foreach: "[1, 2, 3]", failFast: false, fail: "\${{ item == 2 }}", retryable: false }
  - { id: after, type: effect, needs: final }
`,
  );
  await finish(world, run);
  const said = async (path: string): Promise<string[]> =>
    (await why(openWorld(world), run.runId, path)).lines;
  expect((await said('final'))[1]).toBe('not retried: the failure is not retryable');
  expect((await said('spent')).slice(1)).toEqual([
    '3 attempts were made',
    'retry allows 2, which are used up',
  ]);
  expect((await said('items'))[1]).toBe('items: 2 success, 1 failed');
  expect(await said('after')).toEqual(['need final failed']);
});
