/** The rollback kind is interpreted by the statechart; test/runtime/rollback.test.ts shows what it does. */
import { expect, it } from 'vitest';
import { rollback } from '../../src/steps/rollback/index.ts';
import { runExample } from './run-example.ts';

it('takes no slot and has no executor of its own', () => {
  expect(rollback).toMatchObject({ kind: 'rollback', control: 'rollback', takesSlot: false });
  expect(rollback.run).toBeUndefined();
});

it('describes itself for a dry run', () => {
  expect(rollback.describe?.({})).toBe('undo workflow, then continue');
  // biome-ignore lint/suspicious/noThenProperty: a field of the language
  expect(rollback.describe?.({ scope: 'deploy', then: 'retry' })).toBe('undo deploy, then retry');
});

it('tries again in its example', async () => {
  expect(await runExample('rollback')).toMatchObject({ status: 'success', outputs: { round: '2' } });
});
