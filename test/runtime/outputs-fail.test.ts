/** Outputs that cannot be evaluated, or break their contract, fail the run as a step would: errors, undos, finally. */
import { describe, expect, test } from 'vitest';
import { rerunRun } from '../../src/app/index.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, die, finish, newWorld, openWorld, resume, runToEnd, settled } from './test-project.ts';

const source = (outputs: string): string => `
name: t
${outputs}
steps:
  - { id: a, type: effect, value: 1, compensate: { id: ua, type: effect } }
  - { id: b, type: effect, needs: a, compensate: { id: ub, type: effect } }
errors:
  - { id: tell, type: effect, value: "\${{ [last_failed_step.path, last_failed_step.id, last_failed_step.error.code] }}" }
finally:
  - { id: clean, type: effect, gate: f }
`;
const CONTRACT =
  'outputs: { n: "${{ steps.a.output }}" }\noutputSchema: { type: object, properties: { n: { type: string } } }';

describe('outputs of a run whose steps all succeeded', () => {
  test.each([
    ['break their contract', CONTRACT, 'OUTPUTS_SCHEMA'],
    ['cannot be evaluated', `outputs: { n: "\${{ '{'|fromJson }}" }`, 'EXPRESSION'],
  ])('that %s: errors runs, what was done is undone, finally runs last', async (_, outputs, code) => {
    const world = newWorld();
    world.effects.open('f');
    const result = await finish(world, await begin(openWorld(world), source(outputs)));
    expect(result).toMatchObject({ status: 'failed', error: { code }, outputs: null });
    expect(result.error?.details ?? {}).not.toHaveProperty('alsoFailed');
    expect(world.effects.begun).toEqual([
      'a',
      'b',
      'errors/tell',
      'compensate/b',
      'compensate/a',
      'finally/clean',
    ]);
    expect(result.steps['errors/tell']?.output).toEqual(['(workflow)', null, code]);
  });

  test('are evaluated once, before finally, and are not told before the run has ended', async () => {
    const world = newWorld();
    const once = source('outputs: { at: "${{ now() }}" }');
    const project = openWorld(world);
    const run = await begin(project, once);
    await settled();
    const began = world.clock.now();
    world.clock.advance(5000);
    await die(project);
    const again = openWorld(world);
    const second = await resume(again, run.runId);
    await settled();
    world.clock.advance(5000);
    world.effects.open('f');
    const result = await finish(world, second);
    expect(result).toMatchObject({ status: 'success', outputs: { at: new Date(began).toISOString() } });
  });

  test('that failed still do after a death in finally, once', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, source(CONTRACT));
    await settled();
    expect(world.effects.begun.at(-1)).toBe('finally/clean');
    await die(project);
    world.effects.open('f');
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result).toMatchObject({ status: 'failed', error: { code: 'OUTPUTS_SCHEMA' } });
    expect(result.error?.details ?? {}).not.toHaveProperty('alsoFailed');
    expect(world.effects.count('compensate/a')).toBe(1);
  });

  test('are asked for again by a rerun, which repeats what was undone', async () => {
    const world = newWorld();
    world.effects.open('f');
    const flaky = source(`outputs: { n: "\${{ run.attempt == 1 ? ('{'|fromJson) : steps.a.output }}" }`);
    const { runId, status } = await finish(world, await begin(openWorld(world), flaky));
    expect(status).toBe('failed');
    const again = (await rerunRun(openWorld(world), runId, { wait: true })) as RunSession;
    expect(await finish(world, again)).toMatchObject({ status: 'success', outputs: { n: 1 } });
    expect(world.effects.count('a')).toBe(2);
  });

  test('of a run that failed or was canceled are not asked for', async () => {
    const { result } = await runToEnd(
      `name: t\noutputs: { n: "\${{ '{'|fromJson }}" }\nsteps: [{ id: a, type: effect, fail: true, retryable: false }]\n`,
    );
    expect(result.error).toMatchObject({ code: 'BROKEN' });
    expect(result.error?.details ?? {}).not.toHaveProperty('alsoFailed');
  });

  test('of a sub-workflow fail its step, and nothing is undone twice', async () => {
    const world = newWorld({ files: { 'child.yaml': source(CONTRACT).replace('name: t', 'name: c') } });
    world.effects.open('f');
    const parent = 'name: p\nsteps: [{ id: call, workflow: ./child.yaml }]\n';
    const result = await finish(world, await begin(openWorld(world), parent));
    expect(result).toMatchObject({ status: 'failed', error: { code: 'WORKFLOW_FAILED' } });
    expect(world.effects.begun.filter((path) => path.startsWith('compensate/'))).toEqual([
      'compensate/b',
      'compensate/a',
    ]);
  });
});

describe('the errors block', () => {
  test('of a run that used up its time says so', async () => {
    const { result } = await runToEnd(
      'name: t\ntimeout: 1s\nsteps: [{ id: a, type: effect, hang: true }]\nerrors: [{ id: tell, type: effect, value: "${{ last_failed_step.error.code }}" }]\n',
    );
    expect(result.steps['errors/tell']?.output).toBe('RUN_TIMEOUT');
  });
});
