import { Type } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { answerRun } from '../../src/app/index.ts';
import { acquireEngine, type Project } from '../../src/app/project.ts';
import { defineStep } from '../../src/steps/define.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled } from './test-project.ts';

/** Writes a workflow for each question, and runs them all at once. */
const team = defineStep({
  kind: 'team',
  summary: 'Asks several people at once.',
  schema: Type.Object(
    { questions: Type.Array(Type.String(), { description: 'One for each.' }) },
    { additionalProperties: false },
  ),
  takesSlot: false,
  async run({ questions }, ctx) {
    const answers = questions.map((question, index) =>
      ctx.runWorkflow({
        workflow: `question ${index}`,
        key: `question-${index}`,
        source: `
name: question
inputs: { text: { type: string } }
outputs: { answer: "\${{ steps.ask.output }}" }
steps:
  - { id: before, type: effect, value: 1 }
  - { id: ask, type: human, inputType: text, message: "\${{ inputs.text }}" }
`,
        inputs: { text: question },
      }),
    );
    return { output: (await Promise.all(answers)).map(({ outputs }) => outputs.answer ?? null) };
  },
});

const source = `
name: t
steps:
  - { id: team, type: team, questions: [name?, colour?] }
`;

async function childrenOf(project: Project, parentRunId: string): Promise<string[]> {
  const { engine, release } = await acquireEngine(project);
  const runs = await engine.store.runs({ parentRunId });
  await release();
  return runs
    .sort((a, b) => String(b.inputs.text).localeCompare(String(a.inputs.text)))
    .map(({ runId }) => runId);
}

test('a step may run several workflows it wrote at once, and suspends when all of them wait for people', async () => {
  const world = newWorld({ kinds: [team] });
  const project = openWorld(world);
  const run = await begin(project, source, { wait: false });
  const first = await finish(world, run);
  expect(first.status).toBe('suspended');
  const children = await childrenOf(project, run.runId);
  expect(children).toHaveLength(2);
  for (const [index, runId] of children.entries())
    await answerRun(project, runId, 'ask', ['Ada', 'green'][index] ?? '');
  const result = await finish(world, await resume(openWorld(world), run.runId));
  expect(result.status).toBe('success');
  expect(result.steps.team?.output).toEqual(['Ada', 'green']);
  expect(world.effects.count('before')).toBe(2);
});

test('after a crash the step finds the runs it had begun', async () => {
  const world = newWorld({ kinds: [team] });
  const project = openWorld(world);
  const run = await begin(project, source);
  await settled();
  await die(project);
  const next = openWorld(world);
  const resumed = await resume(next, run.runId);
  await settled();
  const children = await childrenOf(next, run.runId);
  expect(children).toHaveLength(2);
  for (const runId of children) await answerRun(next, runId, 'ask', 'x');
  const result = await finish(world, resumed);
  expect(result.steps.team?.output).toEqual(['x', 'x']);
  expect(world.effects.count('before')).toBe(2);
});

const undoable = defineStep({
  kind: 'undoable',
  summary: 'Does something in a workflow it wrote.',
  schema: Type.Object({}, { additionalProperties: false }),
  takesSlot: false,
  async run(_fields, ctx) {
    const source = `
name: part
steps:
  - { id: made, type: effect, value: 1, compensate: { id: unmade, type: effect, value: 2 } }
`;
    const { runId } = await ctx.runWorkflow({ workflow: 'part', key: 'part', source, inputs: {} });
    return { output: runId };
  },
});

test('what such runs did is undone with the step', async () => {
  const world = newWorld({ kinds: [undoable] });
  const run = await begin(
    openWorld(world),
    'name: t\nsteps:\n  - { id: does, type: undoable }\n  - { id: fails, type: effect, fail: true, needs: [does] }\n',
  );
  const result = await finish(world, run);
  expect(result.status).toBe('failed');
  expect(world.effects.begun).toEqual(['made', 'fails', 'compensate/made']);
  expect(result.compensations).toMatchObject([{ step: 'does', status: 'done' }]);
});
