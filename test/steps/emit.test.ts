/** The emit kind hands its event to the runtime; test/runtime/waits.test.ts has the rest. */
import { expect, it } from 'vitest';
import { emit } from '../../src/steps/emit/index.ts';
import { testContext } from './context.ts';
import { runExample } from './run-example.ts';

it('emit sends to its own run for a week unless it says otherwise, and gives the data as output', async () => {
  const ctx = testContext();
  expect(await emit.run?.({ event: 'e', data: { n: 1 } }, ctx)).toEqual({ output: { n: 1 } });
  await emit.run?.({ event: 'f', scope: 'project', ttl: '1h' }, ctx);
  expect(ctx.emitted).toEqual([
    { event: 'e', data: { n: 1 }, scope: 'run', ttlMs: 604_800_000 },
    { event: 'f', data: null, scope: 'project', ttlMs: 3_600_000 },
  ]);
});

it('refuses a time to live that is no duration', async () => {
  await expect(emit.run?.({ event: 'e', ttl: 'long' }, testContext())).rejects.toMatchObject({
    code: 'INVALID_DURATION',
  });
});

it('emit outlives its step in its example', async () => {
  expect(await runExample('emit')).toMatchObject({
    status: 'success',
    outputs: { greeting: 'good morning' },
  });
});

it('describes itself for a dry run', () => {
  expect(emit.describe?.({ event: 'e' })).toBe('send event e to the run');
});
