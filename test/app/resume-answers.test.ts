/** Answers given to a run as it goes on, and the questions of a run that is run here. */
import { expect, test } from 'vitest';
import { begin, finish, newWorld, openWorld, resume, settled } from '../runtime/test-project.ts';

const SOURCE = `
name: t
inputs: { n: { type: integer, default: 1 } }
steps:
  - { id: a, type: human, message: "Go?" }
  - { id: b, type: human, message: "\${{ item }}?", foreach: "[1, 2]", inputType: text }
  - { id: e, type: effect, needs: [a, b], value: "\${{ [steps.a.output, steps.b.output] }}" }
`;

async function suspended() {
  const world = newWorld();
  const run = await begin(openWorld(world), SOURCE, { wait: false });
  const left = await finish(world, run);
  return { world, runId: run.runId, left };
}

test('answers given at resume are taken, the rest is asked further', async () => {
  const { world, runId } = await suspended();
  const again = await resume(openWorld(world), runId, { wait: false, answers: { a: true, 'b[1]': 'y' } });
  expect((await finish(world, again)).suspendedOn).toMatchObject([{ step: 'b[0]', message: '1?' }]);
  const last = await resume(openWorld(world), runId, { answers: { 'b[0]': 'x' } });
  expect((await finish(world, last)).steps.e?.output).toEqual([true, ['x', 'y']]);
});

test('when one answer does not fit, none is taken, and the run can still be resumed', async () => {
  const { world, runId } = await suspended();
  const answers = { 'b[0]': 'x', a: 'perhaps' };
  await expect(resume(openWorld(world), runId, { answers })).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    hint: 'it asks: Go?',
  });
  const again = await finish(world, await resume(openWorld(world), runId, { wait: false }));
  expect(again.suspendedOn).toHaveLength(3);
});

test('a name that is neither an input nor an open question is refused', async () => {
  const { world, runId } = await suspended();
  const given = (inputs: object) => resume(openWorld(world), runId, { inputs: inputs as never });
  await expect(given({ e: 1 })).rejects.toMatchObject({ code: 'NOT_WAITING' });
  await expect(given({ x: 1 })).rejects.toMatchObject({ code: 'INPUTS' });
});

test('commands that answer items can be pasted into any shell', async () => {
  const { runId, left } = await suspended();
  expect(left.suspendedOn?.map(({ answerWith }) => answerWith)).toEqual([
    `keystone answer ${runId} a yes`,
    `keystone answer ${runId} 'b[0]' "…"`,
    `keystone answer ${runId} 'b[1]' "…"`,
  ]);
});

test('a run asks for its sub-workflows too, and says so when it leaves', async () => {
  const child =
    'name: child\nsteps: [{ id: ask, type: human, message: "Sub?" }]\noutputs: { ok: "${{ steps.ask.output }}" }\n';
  const source =
    'name: t\nsteps: [{ id: own, type: human, message: "Own?" }, { id: c, workflow: ./child.yaml }]\noutputs: { ok: "${{ steps.c.output.ok }}" }\n';
  const world = newWorld({ files: { 'child.yaml': child } });
  const run = await begin(openWorld(world), source);
  await settled();
  const asked = run.questions();
  expect(asked.map(({ asks }) => asks.message)).toEqual(['Own?', 'Sub?']);
  const sub = asked.find(({ path }) => path === 'ask');
  expect(sub?.runId).not.toBe(run.runId);
  run.answer('ask', true, sub?.runId);
  expect(() => run.answer('ask', true)).toThrow(expect.objectContaining({ code: 'NOT_WAITING' }));
  await settled();
  run.answer('own', true);
  expect((await finish(world, run)).outputs).toEqual({ ok: true });
  const left = await finish(world, await begin(openWorld(world), source, { wait: false }));
  const commands = left.suspendedOn?.map(({ answerWith }) => answerWith);
  expect(commands).toEqual([
    `keystone answer ${left.runId} own yes`,
    expect.stringMatching(/^keystone answer (\w+) ask yes$/),
  ]);
});
