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

/** Reads as `keystone why` prints it. */
const asker = (project: Parameters<typeof why>[0], runId: string) => async (path: string) => {
  const { status, label, lines } = await why(project, runId, path);
  return `${label === undefined ? '' : `(${label}) `}${status}: ${lines.join('; ')}`;
};

test('of items, whether they run, wait, have ended, or never begin', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(
    project,
    `
name: t
pools: { api: 1 }
on_failure: continue
steps:
  - { id: first, type: effect, gate: first }
  - { id: later, type: effect, needs: first, foreach: [1, 2] }
  - { id: each, type: effect, strategy: { matrix: { os: [a, b], n: [1, 2] } }, concurrency: 2, gate: "\${{ item.os }}\${{ item.n }}", fail: "\${{ item.n == 2 }}", retryable: false }
  - { id: calls, type: effect, foreach: [1, 2, 3], pool: api, gate: api, if: item != 2 }
  - { id: plain, type: effect }
`,
  );
  await settled();
  world.clock.advance(2000);
  const said = asker(project, run.runId);
  expect(await said('later[1]')).toBe(
    'pending: later has not begun: waits for 1 of 1 needs: first (running 2 s)',
  );
  expect(await said('each')).toBe(
    'running: 0 of 4 items have ended; open: each[0] (running 2 s), each[1] (running 2 s); 2 wait for their turn',
  );
  expect(await said('each[1]')).toBe('(a, 2) running: attempt 1 is running for 2 s');
  expect(await said('each[3]')).toBe(
    '(b, 2) pending: waits for its turn: 2 of 4 items are open, and more do not run at once (concurrency: 2)',
  );
  expect(await said('calls[1]')).toBe('skipped: if: item != 2 is false');
  expect(await said('calls[2]')).toContain('queued: waits for a slot (pool api');
  await expect(said('each[4]')).rejects.toMatchObject({
    code: 'STEP_NOT_FOUND',
    hint: 'its items: each[0] to each[3]',
  });
  await expect(said('plain[0]')).rejects.toMatchObject({ hint: 'look at the whole step: plain' });
  await expect(said('first[0]')).rejects.toMatchObject({ hint: 'look at the whole step: first' });
  world.effects.open('a2');
  await settled();
  for (const gate of ['a1', 'first', 'api']) world.effects.open(gate);
  await finish(world, run);
  expect(await said('each[0]')).toBe('(a, 1) canceled: each[1] failed (failFast)');
  expect(await said('each[1]')).toBe('(a, 2) failed: BROKEN: attempt 1 of each[1] broke');
  expect(await said('each[3]')).toBe('(b, 2) canceled: never began: each[1] failed (failFast)');
  expect(await said('each')).toBe(
    'failed: ITEMS_FAILED: 1 of 4 items failed; first item 1 (a, 2): attempt 1 of each[1] broke; items: 1 canceled, 1 failed, 2 never began',
  );
  expect(await said('later[1]')).toBe('success: ran 1 attempt');
});

test('of joins, how many there were and what became of the rest', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(
    project,
    `
name: t
on_failure: continue
steps:
  - { id: a, type: effect, ms: 10 }
  - { id: b, type: effect, fail: true, retryable: false }
  - { id: c, type: effect, hang: true }
  - { id: d, type: effect, if: "false" }
  - { id: any, type: join, needs: [a, b, c, d], condition: 1, cancelRest: false }
  - { id: part, type: join, needs: [a, c], timeout: 5s, onTimeout: partial }
  - { id: never, type: join, needs: [b, d], condition: any, allowFailure: true }
  - { id: all, type: join, needs: [a, d] }
`,
  );
  const result = await finish(world, run).catch(() => undefined);
  expect(result).toBeUndefined(); // c hangs: any keeps it
  const said = asker(project, run.runId);
  expect(await said('any')).toBe(
    'success: 1 of 4 needs had succeeded, and 1 was asked for; b failed, d was skipped, c had not ended',
  );
  expect(await said('part')).toBe(
    'success: its time was over: 1 of 2 needs had succeeded, and 2 were asked for; c had not ended',
  );
  expect(await said('never')).toContain('failed, which allowFailure lets count as success: needs 1 of 2');
  expect(await said('all')).toBe('success: 1 of 2 needs had succeeded, and 1 was asked for; d was skipped');
  expect(await said('c')).toContain('running: attempt 1 is running');
  run.cancel('enough');
  await finish(world, run);
  expect(await said('c')).toBe('canceled: enough');
});
