/** A no sends the run back: what depends on the named step runs again, what does not keeps its result. */
import { describe, expect, test } from 'vitest';
import { answerRun, showRun } from '../../src/app/index.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled } from './test-project.ts';

const LOOP = `
name: t
steps:
  - { id: prepare, type: effect }
  - { id: draft, type: effect, needs: prepare, value: "\${{ sent_back.answer.why|default('first') }}" }
  - { id: lint, type: effect, needs: draft, foreach: "[1, 2]" }
  - { id: slow, type: effect, needs: draft, gate: slow }
  - id: approve
    type: human
    inputType: form
    schema: { properties: { approved: { type: boolean } }, required: [approved] }
    message: Good enough?
    needs: [lint]
    rewindTo: draft
  - { id: ship, type: effect, needs: [approve, slow], value: "\${{ steps.draft.output }}" }
`;

describe('a step that sends the run back', () => {
  test('runs the named step and its dependents again, ends what of them runs, and keeps the rest', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, LOOP);
    await settled();
    await answerRun(project, run.runId, 'approve', { approved: false, why: 'too short' });
    await settled();
    expect(world.effects.log.filter(({ what }) => what === 'abort').map(({ path }) => path)).toEqual([
      'slow',
    ]);
    world.effects.open('slow');
    await settled();
    await answerRun(project, run.runId, 'approve', { approved: true });
    const result = await finish(world, run);
    expect(result.status).toBe('success');
    expect(result.steps.ship?.output).toBe('too short');
    expect(result.steps.approve?.output).toEqual({ approved: true });
    const count = (path: string): number => world.effects.count(path);
    expect(['prepare', 'draft', 'lint[0]', 'lint[1]', 'slow', 'ship'].map(count)).toEqual([1, 2, 2, 2, 2, 1]);
  });

  test('survives the process at any time: before the answer, after it, and in the second round', async () => {
    const world = newWorld();
    let project = openWorld(world);
    let run = await begin(project, LOOP);
    world.effects.open('slow');
    for (const answer of [
      { approved: false, why: 'one' },
      { approved: false, why: 'two' },
      { approved: true },
    ]) {
      await settled();
      await die(project);
      project = openWorld(world);
      run = await resume(project, run.runId);
      await settled();
      await answerRun(project, run.runId, 'approve', answer);
      await settled();
      if (answer.approved) break;
      await die(project);
      project = openWorld(world);
      run = await resume(project, run.runId);
    }
    const result = await finish(world, run);
    expect(result.status).toBe('success');
    expect(result.steps.draft?.output).toBe('two');
    expect(world.effects.count('draft')).toBe(3);
    expect(world.effects.count('prepare')).toBe(1);
    expect(world.effects.count('ship')).toBe(1);
  });

  test('while it waits for its next turn the steps that begin anew are pending', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(
      project,
      'name: t\nsteps:\n  - { id: a, type: effect, gate: g }\n  - { id: b, type: effect, needs: a }\n  - { id: q, type: human, message: "Ok?", needs: b, rewindTo: a }\n',
    );
    await settled();
    world.effects.open('g');
    await settled();
    await answerRun(project, run.runId, 'q', false);
    await settled();
    await answerRun(project, run.runId, 'q', true);
    await finish(world, run);
    const shown = await showRun(openWorld(world), run.runId);
    expect(Object.values(shown.steps).map(({ status }) => status)).toEqual(['success', 'success', 'success']);
    expect(world.effects.begun).toEqual(['a', 'b', 'a', 'b']);
  });

  test('undoes a step that began anew once, where its last end was', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(
      project,
      `name: t
steps:
  - { id: a, type: effect, compensate: { id: ua, type: effect } }
  - { id: q, type: human, message: "Ok?", needs: a, rewindTo: a }
  - { id: bad, type: effect, fail: true, retryable: false, needs: q }
`,
    );
    await settled();
    await answerRun(project, run.runId, 'q', false);
    await settled();
    await answerRun(project, run.runId, 'q', true);
    const result = await finish(world, run);
    expect(result.status).toBe('failed');
    expect(world.effects.begun).toEqual(['a', 'a', 'bad', 'compensate/a']);
  });
});
