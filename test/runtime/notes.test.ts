import { once } from 'node:events';
import { Type } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { acquireEngine } from '../../src/app/project.ts';
import { StepFailure } from '../../src/kernel/failure.ts';
import { defineStep, type StepKind } from '../../src/steps/define.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled } from './test-project.ts';

/** Talks in turns, each of which costs something, and notes them. */
function talker(spoken: string[], behaviour: { stopAt: number; failAt: number }): StepKind {
  return defineStep({
    kind: 'talk',
    summary: 'Talks.',
    schema: Type.Object(
      { words: Type.Array(Type.String(), { description: 'Said one by one.' }) },
      { additionalProperties: false },
    ),
    async run({ words }, { notes, attempt, signal }) {
      const before = await notes.read();
      for (let turn = before.length; turn < words.length; turn++) {
        if (turn === behaviour.stopAt) await once(signal, 'abort');
        signal.throwIfAborted();
        if (turn === behaviour.failAt && attempt === 1)
          throw new StepFailure('BUSY', 'too busy', { retryable: true });
        spoken.push(words[turn] ?? '');
        await notes.keep({ said: words[turn] ?? '' });
      }
      return { output: (await notes.read()).map(({ attempt, body }) => ({ attempt, body })) };
    },
  });
}

const source = (words: string) => `
name: t
inputs: { token: { type: string, secret: true, default: none } }
steps:
  - { id: talk, type: talk, words: ${words}, retry: { count: 2, baseDelay: 1s } }
`;

test('a redone attempt reads what the dead one wrote down, and pays for nothing twice', async () => {
  const spoken: string[] = [];
  const behaviour = { stopAt: 2, failAt: -1 };
  const world = newWorld({ kinds: [talker(spoken, behaviour)] });
  const project = openWorld(world);
  const { runId } = await begin(project, source('[a, b, c]'));
  await settled();
  await die(project);
  behaviour.stopAt = -1;
  const result = await finish(world, await resume(openWorld(world), runId));
  expect(result.status).toBe('success');
  expect(spoken).toEqual(['a', 'b', 'c']);
  expect(result.steps.talk?.output).toEqual(['a', 'b', 'c'].map((said) => ({ attempt: 1, body: { said } })));
});

test('a retry goes on from the notes of the attempt that failed', async () => {
  const spoken: string[] = [];
  const world = newWorld({ kinds: [talker(spoken, { stopAt: -1, failAt: 1 })] });
  const result = await finish(world, await begin(openWorld(world), source('[a, b]')));
  expect(spoken).toEqual(['a', 'b']);
  expect(result.steps.talk?.output).toEqual([
    { attempt: 1, body: { said: 'a' } },
    { attempt: 2, body: { said: 'b' } },
  ]);
});

test('a secret in a note is stored as a placeholder and read as it was', async () => {
  const spoken: string[] = [];
  const behaviour = { stopAt: 1, failAt: -1 };
  const world = newWorld({ kinds: [talker(spoken, behaviour)] });
  const project = openWorld(world);
  const text = source('["${{ inputs.token }}", b]');
  const { runId } = await begin(project, text, { inputs: { token: 'tok-5eaf00d' } });
  await settled();
  const { engine, release } = await acquireEngine(project);
  const stored = JSON.stringify(await engine.store.notes.of(runId, 'talk', 1));
  expect(stored).toContain('secret:inputs.token');
  expect(stored).not.toContain('5eaf00d');
  await release();
  await die(project);
  behaviour.stopAt = -1;
  const resumed = await resume(openWorld(world), runId, { inputs: { token: 'tok-5eaf00d' } });
  const result = await finish(world, resumed);
  expect(spoken).toEqual(['tok-5eaf00d', 'b']);
  expect(JSON.stringify(result.steps.talk?.output)).not.toContain('5eaf00d');
});
