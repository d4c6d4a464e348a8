import { describe, expect, test } from 'vitest';
import { listRuns, showRun } from '../../src/app/index.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled } from '../runtime/test-project.ts';

const CHILD = `
name: child
inputs: { n: { type: integer }, mode: { type: string, default: ok } }
outputs: { twice: "\${{ steps.b.output }}" }
steps:
  - { id: a, type: effect, value: "\${{ inputs.n * 2 }}", compensate: { id: u, type: effect } }
  - { id: nap, type: sleep, duration: 2h, needs: a, if: "inputs.mode == 'sleep'" }
  - { id: hang, type: effect, hang: true, needs: a, if: "inputs.mode == 'hang'" }
  - { id: b, type: effect, needs: [nap, hang], if: always(), value: "\${{ steps.a.output }}", fail: "\${{ inputs.mode == 'fail' }}", retryable: false }
`;
const parent = (mode: string, more = ''): string => `
name: parent
outputs: { got: "\${{ steps.ask.outputs.twice }}" }
steps:
  - { id: ask, type: workflow, workflow: ./child.yaml, inputs: { n: 21, mode: ${mode} }${more} }
  - { id: after, type: effect, value: "\${{ steps.ask.output.twice }}" }
`;
const world = () => newWorld({ files: { 'child.yaml': CHILD } });

describe('a child run', () => {
  test('gives its outputs to the step, is a run of its own, and knows its parent', async () => {
    const w = world();
    const result = await finish(w, await begin(openWorld(w), parent('ok')));
    expect(result).toMatchObject({ status: 'success', outputs: { got: 42 } });
    const runs = await listRuns(openWorld(w), {});
    expect(runs.map(({ workflow, status }) => `${workflow} ${status}`).sort()).toEqual([
      'child success',
      'parent success',
    ]);
  });

  test('that fails undoes itself and fails the step with its reason', async () => {
    const w = world();
    const result = await finish(w, await begin(openWorld(w), parent('fail')));
    expect(result).toMatchObject({ status: 'failed', error: { code: 'WORKFLOW_FAILED', stepId: 'ask' } });
    expect(result.error?.message).toContain('attempt 1 of b broke');
    expect(w.effects.begun).toEqual(['a', 'b', 'compensate/a']);
  });

  test('is canceled with its parent, and undone', async () => {
    const w = world();
    const run = await begin(openWorld(w), parent('hang'));
    await settled();
    run.cancel('no more');
    const result = await finish(w, run);
    expect(result).toMatchObject({ status: 'canceled' });
    expect(w.effects.begun).toEqual(['a', 'hang', 'compensate/a']);
    for (const { status } of await listRuns(openWorld(w), {})) expect(status).toBe('canceled');
  });

  test('that uses up the step’s timeout is canceled', async () => {
    const w = world();
    const result = await finish(w, await begin(openWorld(w), parent('hang', ', timeout: 1m')));
    expect(result.error).toMatchObject({ code: 'TIMEOUT', stepId: 'ask' });
    expect((await listRuns(openWorld(w), { workflow: 'child' }))[0]?.status).toBe('canceled');
  });

  test('suspends and goes on with its parent, with nothing left open in between', async () => {
    const w = world();
    const run = await begin(openWorld(w), parent('sleep'), { wait: false });
    expect((await finish(w, run)).status).toBe('suspended');
    const runs = await listRuns(openWorld(w), {});
    expect(runs.map(({ status }) => status)).toEqual(['suspended', 'suspended']);
    expect(w.clock.armed).toBe(0);
    w.clock.advance(3 * 3_600_000);
    const result = await finish(w, await resume(openWorld(w), run.runId, { wait: false }));
    expect(result).toMatchObject({ status: 'success', outputs: { got: 42 } });
    expect(w.effects.begun).toEqual(['a', 'b', 'after']);
  });

  test('of a dead process is found again, not begun anew', async () => {
    const w = world();
    const project = openWorld(w);
    const run = await begin(project, parent('sleep'));
    await settled();
    await die(project);
    const result = await finish(w, await resume(openWorld(w), run.runId));
    expect(result.outputs).toEqual({ got: 42 });
    expect(w.effects.begun).toEqual(['a', 'b', 'after']);
    expect(await listRuns(openWorld(w), {})).toHaveLength(2);
  });

  test.each([
    ['a file that is not there', './nowhere.yaml', 'WORKFLOW_NOT_FOUND'],
    ['one that calls itself whatever happens', './self.yaml', 'WORKFLOW_CYCLE'],
    ['one that calls itself for ever behind a condition', './deep.yaml', 'WORKFLOW_FAILED'],
  ])('of %s fails the step and says why', async (_, file, code) => {
    const w = newWorld({
      files: {
        'self.yaml': 'name: self\nsteps: [{ id: me, type: workflow, workflow: ./self.yaml }]\n',
        'deep.yaml': 'name: deep\nsteps: [{ id: me, type: workflow, workflow: ./deep.yaml, if: "1 == 1" }]\n',
      },
    });
    const result = await finish(
      w,
      await begin(openWorld(w), `name: t\nsteps: [{ id: ask, type: workflow, workflow: ${file} }]\n`),
    );
    expect(result).toMatchObject({ status: 'failed', error: { code, stepId: 'ask' } });
    if (code === 'WORKFLOW_CYCLE') expect(result.error?.message).toContain('self.yaml → self.yaml');
    if (code === 'WORKFLOW_FAILED') expect(result.error?.message).toContain('16 deep');
  });
});

test('an edit between crash and resume changes nothing of a run that has begun', async () => {
  const w = newWorld({ files: { 'flow.yaml': parent('sleep'), 'child.yaml': CHILD } });
  const { writeFileSync } = await import('node:fs');
  const { runWorkflow } = await import('../../src/app/index.ts');
  const project = openWorld(w);
  const run = await runWorkflow(project, { workflow: './flow.yaml', wait: true });
  await settled();
  await die(project);
  writeFileSync(`${w.cwd}/flow.yaml`, 'name: other\nsteps: [{ id: different, type: effect }]\n');
  const result = await finish(w, await resume(openWorld(w), run.runId));
  expect(result).toMatchObject({ status: 'success', workflow: 'parent', outputs: { got: 42 } });
  expect(Object.keys((await showRun(openWorld(w), run.runId)).steps)).toEqual(['ask', 'after']);
});
