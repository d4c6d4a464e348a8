import { Type } from '@sinclair/typebox';
import { describe, expect, test } from 'vitest';
import { answerRun, sendEvent } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { defineStep } from '../../src/steps/define.ts';
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

const DAY = 86_400_000;
const FOR_A_WEEK = 7 * DAY;

/** Asks for a number. */
const ask = defineStep({
  kind: 'ask',
  summary: 'Asks a person.',
  schema: Type.Object(
    { message: Type.String({ description: 'The question.' }) },
    { additionalProperties: false },
  ),
  control: 'suspend',
  takesSlot: false,
  suspend: ({ message }) => ({ for: 'answer', message, inputType: 'text', schema: { type: 'number' } }),
});

const WAITS = `
name: t
steps:
  - { id: w, type: wait, event: built, match: "data.id == 7" }
  - { id: after, type: effect, value: "\${{ steps.w.output.url }}" }
`;
const built = (id: number) => ({ event: 'built', data: { id, url: `u${id}` }, ttlMs: FOR_A_WEEK });

describe('wait', () => {
  test('takes the event that matches, leaves others, and gives its data as output', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, WAITS);
    await settled();
    await sendEvent(project, built(1));
    await settled();
    expect(world.effects.begun).toEqual([]);
    await sendEvent(project, built(7));
    const result = await finish(world, run);
    expect(result.status).toBe('success');
    expect(result.steps.after?.output).toBe('u7');
  });

  test('an event that was sent before the wait began is not lost, and is taken only once', async () => {
    const world = newWorld();
    const project = openWorld(world);
    await sendEvent(project, built(7));
    expect((await finish(world, await begin(project, WAITS))).status).toBe('success');
    const second = await finish(world, await begin(openWorld(world), WAITS, { wait: false }));
    expect(second).toMatchObject({ status: 'suspended', suspendedOn: [{ step: 'w', event: 'built' }] });
  });

  test('an event that has expired is not taken', async () => {
    const world = newWorld();
    await sendEvent(openWorld(world), { ...built(7), ttlMs: 1000 });
    world.clock.advance(1001);
    const run = await begin(openWorld(world), WAITS, { wait: false });
    expect((await finish(world, run)).status).toBe('suspended');
  });

  test('with oneShot: false all waits see the event, if it was sent since their run began', async () => {
    const source = `
name: t
steps:
  - { id: a, type: wait, event: e, oneShot: false }
  - { id: b, type: wait, event: e, oneShot: false }
`;
    const world = newWorld();
    const project = openWorld(world);
    await sendEvent(project, { event: 'e', data: 'old', ttlMs: FOR_A_WEEK });
    world.clock.advance(10);
    const run = await begin(project, source);
    await settled();
    expect(run.host.run.waits.size).toBe(2);
    await sendEvent(project, { event: 'e', data: 'new', ttlMs: FOR_A_WEEK });
    const result = await finish(world, run);
    expect([result.steps.a?.output, result.steps.b?.output]).toEqual(['new', 'new']);
  });

  test('fails when its timeout is over, or is skipped when it says so', async () => {
    const { result, world } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: a, type: wait, event: e, timeout: 2h, onTimeout: skip }
  - { id: b, type: wait, event: e, timeout: 3h }
`);
    expect(statuses(result)).toEqual({ a: 'skipped', b: 'failed' });
    expect(result.steps.b?.error).toMatchObject({
      code: 'TIMEOUT',
      message: 'no event "e" came within 10800000 ms',
    });
    expect(world.clock.now() - result.startedAt).toBe(3 * 3_600_000);
  });

  test('a match that cannot be evaluated fails the step and takes no event', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(
      project,
      'name: t\nsteps: [{ id: w, type: wait, event: e, match: "data.a.b == 1" }]\n',
    );
    await settled();
    await sendEvent(project, { event: 'e', data: {}, ttlMs: FOR_A_WEEK });
    const result = await finish(world, run);
    expect(result.steps.w?.error?.code).toBe('EXPRESSION');
  });

  test('leaves the process, survives it, and goes on with the event that came meanwhile', async () => {
    const world = newWorld();
    const run = await begin(openWorld(world), WAITS, { wait: 60_000 });
    expect(await finish(world, run)).toMatchObject({ status: 'suspended' });
    const sent = await sendEvent(openWorld(world), built(7));
    expect(sent.woken).toEqual([run.runId]);
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result.status).toBe('success');
    expect(world.effects.begun).toEqual(['after']);
  });

  test('an event or an answer of another process that comes in the last moment is taken before the run would suspend', async () => {
    const world = newWorld();
    const source = `
name: t
steps:
  - { id: w, type: wait, event: e }
  - { id: q, type: human, message: "Go?" }
  - { id: a, type: effect, gate: g }
`;
    const owner = openWorld(world);
    const run = await begin(owner, source, { wait: false });
    await settled();
    const { engine, release } = await acquireEngine(owner);
    // It looks five times a second of real time: as if all this came between two looks.
    Object.assign(engine, { look: async () => {} });
    await release();
    await sendEvent(openWorld(world), { event: 'e', data: 7, ttlMs: FOR_A_WEEK });
    await answerRun(openWorld(world), run.runId, 'q', true);
    world.effects.open('g');
    const result = await finish(world, run);
    expect(result).toMatchObject({ status: 'success', steps: { w: { output: 7 }, q: { output: true } } });
  });

  test('an event taken by a process that died before it acted on it goes to the same wait again', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, WAITS);
    await settled();
    const { engine, release } = await acquireEngine(project);
    const { id } = await engine.store.publish({
      name: 'built',
      data: { id: 7, url: 'u7' },
      ts: world.clock.now(),
      expiresAt: world.clock.now() + DAY,
    });
    expect(await engine.store.takeEvent(id, `${run.runId} w 1`)).toBe(true);
    expect(await engine.store.takeEvent(id, 'somebody else')).toBe(false);
    await release();
    await die(project);
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result.status).toBe('success');
  });
});

describe('emit', () => {
  test('reaches waits of its own run, and of other runs only with scope: project', async () => {
    const world = newWorld();
    const source = (scope: string) => `
name: t
steps:
  - { id: w, type: wait, event: done }
  - { id: e, type: emit, event: done, scope: ${scope}, data: { n: 1 } }
`;
    const other = await begin(openWorld(world), 'name: o\nsteps: [{ id: w, type: wait, event: done }]\n', {
      wait: false,
    });
    await finish(world, other);
    const run = await finish(world, await begin(openWorld(world), source('run')));
    expect(run.steps.w?.output).toEqual({ n: 1 });
    const second = await begin(openWorld(world), source('project'));
    const waiting = await resume(openWorld(world), other.runId, { wait: false });
    expect((await finish(world, waiting)).status).toBe('suspended');
    expect((await finish(world, second)).status).toBe('success');
  });

  test('sends once, however often the attempt is redone', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    const event = { name: 'e', data: null, ts: 1, expiresAt: 10, key: 'k' };
    const first = await engine.store.publish(event);
    expect((await engine.store.publish(event)).id).toBe(first.id);
    expect(await engine.store.events(['e'], 5)).toHaveLength(1);
    await release();
  });
});

describe('answer', () => {
  const source = `
name: t
steps:
  - { id: q, type: ask, message: "How many?" }
  - { id: n, type: effect, value: "\${{ steps.q.output }}" }
`;
  test('is checked before it is sent, names what is asked, and lets the run go on', async () => {
    const world = newWorld({ kinds: [ask] });
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    await expect(answerRun(project, run.runId, 'q', 'many')).rejects.toMatchObject({
      code: 'ANSWER_INVALID',
      hint: 'it asks: How many?',
    });
    await expect(answerRun(project, run.runId, 'n', 3)).rejects.toMatchObject({
      code: 'NOT_WAITING',
      hint: 'these do: q',
    });
    expect(await answerRun(project, run.runId, 'q', 3)).toMatchObject({ outcome: 'delivered' });
    const result = await finish(world, run);
    expect(result.steps.n?.output).toBe(3);
    await expect(answerRun(openWorld(world), run.runId, 'q', 3)).rejects.toMatchObject({
      code: 'RUN_SETTLED',
    });
  });

  test('of a run nobody runs is stored and taken when it goes on', async () => {
    const world = newWorld({ kinds: [ask] });
    const run = await begin(openWorld(world), source, { wait: false });
    const left = await finish(world, run);
    expect(left.suspendedOn).toEqual([
      { step: 'q', kind: 'ask', message: 'How many?', answerWith: `keystone answer ${run.runId} q "…"` },
    ]);
    expect(await answerRun(openWorld(world), run.runId, 'q', 4)).toMatchObject({ outcome: 'stored' });
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result.steps.n?.output).toBe(4);
  });

  test('items of a fan-out are answered one by one, by path', async () => {
    const world = newWorld({ kinds: [ask] });
    const project = openWorld(world);
    const run = await begin(
      project,
      'name: t\nsteps: [{ id: q, type: ask, foreach: "[1, 2]", message: "For ${{ item }}?" }]\n',
    );
    await settled();
    await answerRun(project, run.runId, 'q[1]', 20);
    await settled();
    await answerRun(project, run.runId, 'q[0]', 10);
    const result = await finish(world, run);
    expect(result.steps.q?.output).toEqual([10, 20]);
  });

  test('a cancel ends the wait, and nothing waits any more', async () => {
    const world = newWorld({ kinds: [ask] });
    const project = openWorld(world);
    const run = await begin(project, source);
    await settled();
    run.cancel();
    expect((await finish(world, run)).status).toBe('canceled');
    const { engine, release } = await acquireEngine(openWorld(world));
    expect(await engine.store.waits()).toEqual([]);
    await release();
  });
});
