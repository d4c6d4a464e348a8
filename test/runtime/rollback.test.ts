/** A rollback step undoes in the middle of a run, and the run goes on, tries again, or fails. */
import { describe, expect, test } from 'vitest';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  runToEnd,
  settled,
  statuses,
} from './test-project.ts';

const undo = (id: string): string => `compensate: { id: u_${id}, type: effect }`;

describe('a rollback step', () => {
  test('undoes one step and goes on; what was undone is not undone again', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: b, type: effect, needs: a, ${undo('b')} }
  - { id: back, type: rollback, scope: b, needs: b }
  - { id: bad, type: effect, fail: true, retryable: false, needs: back }
`);
    expect(result.status).toBe('failed');
    expect(result.steps.back?.output).toEqual({ undone: 1, failed: 0 });
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/b', 'bad', 'compensate/a']);
  });

  test('undoes all items of a fan-out, last completed first', async () => {
    const { world } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, foreach: "[1, 2, 3]", concurrency: 1, ${undo('a')} }
  - { id: back, type: rollback, scope: a, needs: a }
`);
    expect(world.effects.begun.slice(3)).toEqual(['compensate/a[2]', 'compensate/a[1]', 'compensate/a[0]']);
  });

  test('with then: retry runs the scope and what depends on it again, as often as rounds allows', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: pre, type: effect }
  - { id: deploy, type: effect, needs: pre, allowFailure: true, fail: "\${{ (sent_back.round|default(1)) < 3 }}", retryable: false, ${undo('deploy')} }
  - { id: back, type: rollback, scope: deploy, then: retry, rounds: 3, needs: deploy, if: "steps.deploy.outcome == 'failed'" }
  - { id: end, type: effect, needs: [deploy, back], if: always() }
`);
    expect(result.status).toBe('success');
    expect(world.effects.begun.filter((path) => path !== 'end')).toEqual([
      'pre',
      'deploy',
      'compensate/deploy',
      'deploy',
      'compensate/deploy',
      'deploy',
    ]);
    expect(statuses(result)).toMatchObject({ deploy: 'success', back: 'skipped', end: 'success' });
  });

  test('with then: retry fails when its rounds are used up', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: deploy, type: effect, allowFailure: true, fail: true, retryable: false, ${undo('deploy')} }
  - { id: back, type: rollback, scope: deploy, then: retry, needs: deploy, if: "steps.deploy.outcome == 'failed'" }
`);
    expect(result.steps.back?.error).toMatchObject({ code: 'ROLLED_BACK', retryable: false });
    expect(world.effects.count('deploy')).toBe(2);
    expect(world.effects.count('compensate/deploy')).toBe(2);
  });

  test('with then: fail fails the run after the undos', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: back, type: rollback, then: fail, needs: a }
  - { id: never, type: effect, needs: back }
`);
    expect(result.error).toMatchObject({ code: 'ROLLED_BACK' });
    expect(world.effects.begun).toEqual(['a', 'compensate/a']);
  });

  test('of the whole workflow lets what runs elsewhere end first, begins nothing meanwhile, and then goes on', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      `
name: t
compensate: { id: all, type: effect }
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: other, type: effect, gate: g, ${undo('other')} }
  - { id: next, type: effect, needs: other }
  - { id: back, type: rollback, needs: a }
  - { id: end, type: effect, needs: back }
`,
    );
    await settled();
    expect(world.effects.begun).toEqual(['a', 'other']);
    world.effects.open('g');
    const result = await finish(world, run);
    expect(result.status).toBe('success');
    const { begun } = world.effects;
    expect(begun.slice(0, 5)).toEqual([
      'a',
      'other',
      'compensate/other',
      'compensate/a',
      'compensate/(workflow)',
    ]);
    expect(begun.slice(5).toSorted()).toEqual(['end', 'next']);
  });

  test('an undo that fails fails the step, and the others are made all the same', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: b, type: effect, needs: a, compensate: { id: ub, type: effect, fail: true, retryable: false } }
  - { id: back, type: rollback, needs: b }
`);
    expect(result.status).toBe('failed');
    expect(result.steps.back?.error).toMatchObject({ code: 'UNDO_FAILED' });
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/b', 'compensate/a']);
  });

  test('goes on undoing where the process died, and no cancel ends it', async () => {
    const world = newWorld();
    let project = openWorld(world);
    const source = `
name: t
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: b, type: effect, needs: a, compensate: { id: ub, type: effect, gate: u } }
  - { id: back, type: rollback, needs: b }
  - { id: end, type: effect, needs: back }
`;
    const run = await begin(project, source);
    await settled();
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/b']);
    await die(project);
    project = openWorld(world);
    const second = await resume(project, run.runId);
    await settled();
    second.cancel();
    await settled();
    world.effects.open('u');
    const result = await finish(world, second);
    expect(result.status).toBe('canceled');
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/b', 'compensate/b', 'compensate/a']);
  });
});
