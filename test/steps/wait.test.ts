/** The wait kind is interpreted by the statechart; here is what its fields say. test/runtime/waits.test.ts has the rest. */
import { expect, it } from 'vitest';
import { wait } from '../../src/steps/wait/index.ts';
import { runExample } from './run-example.ts';

it('wait takes its event out unless it says otherwise', () => {
  expect(wait.suspend?.({ event: 'e' }, 0)).toEqual({ for: 'event', event: 'e', oneShot: true });
  expect(wait.suspend?.({ event: 'e', oneShot: false, match: 'data' }, 0)).toEqual({
    for: 'event',
    event: 'e',
    oneShot: false,
    match: 'data',
  });
});

it('wait takes what matches in its example', async () => {
  expect(await runExample('wait')).toMatchObject({
    status: 'success',
    outputs: { url: 'http://localhost/site' },
  });
});

it('describes itself for a dry run', () => {
  expect(wait.describe?.({ event: 'e' })).toBe('wait for event e');
});
