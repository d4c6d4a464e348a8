/** The states of the run machine, as runs enter them: what is drawn is what happens, and a pause comes back to where the run was. */
import { describe, expect, test } from 'vitest';
import { runMachine } from '../../machines/index.ts';
import { rollbackRun } from '../../src/app/index.ts';
import type { Project } from '../../src/app/project.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import type { RunStatus } from '../../src/store/port.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

const flat = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as object)
        .map(([key, inner]) => `${key}.${flat(inner)}`)
        .join();

/** States of run machines at the end of each commit, without repetitions. */
async function watched(world: World): Promise<{ project: Project; seen: string[] }> {
  const project = openWorld(world);
  const { engine } = await acquireEngine(project);
  const seen: string[] = [];
  const commit = engine.store.commit.bind(engine.store);
  engine.store.commit = (batches) => {
    for (const { actors = [], run } of batches) {
      const root = actors.find(({ path }) => path === 'run');
      const state = root ? flat(JSON.parse(root.snapshot).value) : ends[run?.status as RunStatus];
      if (state !== undefined && seen.at(-1) !== state) seen.push(state);
    }
    return commit(batches);
  };
  return { project, seen };
}

const ends: Partial<Record<RunStatus, string>> = {
  success: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
};

const BAD = 'fail: true, retryable: false';
const UNDO = 'compensate: { id: u, type: effect, gate: u }';
const FAILING = `
name: t
steps:
  - { id: a, type: effect, ${UNDO} }
  - { id: bad, type: effect, gate: b, ${BAD} }
  - { id: slow, type: effect, gate: g }
  - { id: later, type: effect, needs: slow }
errors: [{ id: e, type: effect, gate: e }]
finally: [{ id: f, type: effect, gate: f }]
`;

async function unfold(world: World, run: RunSession, ...gates: string[]): Promise<string> {
  for (const gate of gates) {
    await settled();
    world.effects.open(gate);
  }
  return (await finish(world, run)).status;
}

/** One run for each way through the machine. */
async function everyWay(): Promise<string[]> {
  const all: string[] = [];
  const inWorld = async (act: (world: World, project: Project) => Promise<void>): Promise<void> => {
    const world = newWorld();
    const { project, seen } = await watched(world);
    await act(world, project);
    all.push(...seen);
  };
  await inWorld(async (world, project) => {
    const run = await begin(project, FAILING);
    await settled();
    expect(await unfold(world, run, 'b', 'g', 'e', 'u', 'f')).toBe('failed');
  });
  await inWorld(async (world, project) => {
    const run = await begin(
      project,
      FAILING.replace(BAD, 'ms: 0').replace('gate: f', 'hang: true, lingers: l'),
    );
    await settled();
    await rollbackRun(project, run.runId, { scope: 'a' });
    for (const gate of ['b', 'g', 'u']) {
      await settled();
      world.effects.open(gate);
    }
    await settled();
    run.cancel();
    expect(await unfold(world, run, 'l')).toBe('canceled');
  });
  await inWorld(async (world, project) => {
    const run = await begin(project, FAILING.replace('gate: g', 'hang: true, lingers: l'));
    await settled();
    run.cancel();
    expect(await unfold(world, run, 'l', 'u', 'f')).toBe('canceled');
  });
  await inWorld(async (world, project) => {
    const run = await begin(project, FAILING);
    await settled();
    run.pause();
    await settled();
    expect(await unfold(world, run, 'b', 'g')).toBe('paused');
  });
  await inWorld(async (world, project) => {
    const source = 'name: q\non_overlap: queue\nsteps: [{ id: a, type: effect, hang: true }]\n';
    const first = await begin(project, source);
    const second = await begin(project, source);
    await settled();
    second.pause();
    expect((await finish(world, second)).status).toBe('paused');
    first.cancel();
    await finish(world, first);
  });
  await inWorld(async (world, project) => {
    const run = await begin(project, 'name: t\nsteps: [{ id: a, type: effect }]\n');
    expect((await finish(world, run)).status).toBe('success');
  });
  return all;
}

const drawn = (): string[] => {
  const found: string[] = [];
  const visit = (node: typeof runMachine.root, path: string[]): void => {
    const children = Object.values(node.states) as (typeof runMachine.root)[];
    if (children.length === 0 && node.type !== 'history') found.push(path.join('.'));
    for (const child of children) visit(child, [...path, child.key]);
  };
  visit(runMachine.root, []);
  return found;
};

/** Left in the turn in which they are entered; test/machines/restore.test.ts leads through them. */
const PASSED_THROUGH = ['beginning', 'working.undone', 'recoverOrUnwind', 'unwindOrFinalize', 'concluding'];

describe('the run machine', () => {
  test('every state that is drawn is entered by runs', async () => {
    const entered = new Set([...(await everyWay()), ...PASSED_THROUGH]);
    expect(drawn().filter((state) => !entered.has(state))).toEqual([]);
    expect([...entered].filter((state) => !drawn().includes(state))).toEqual([]);
  });

  test('a pause of a failing run comes back to where it was, through its history, in another process', async () => {
    const world = newWorld();
    const { project, seen } = await watched(world);
    const source = FAILING.replace('id: slow, type: effect, gate: g', 'id: slow, type: sleep, duration: 1h');
    const run = await begin(project, source);
    await settled();
    world.effects.open('b');
    await settled();
    run.pause();
    expect((await finish(world, run)).status).toBe('paused');
    expect(seen).toEqual(['working.going.running', 'working.going.failing', 'working.paused']);
    const next = await watched(world);
    const again = await resume(next.project, run.runId);
    await settled();
    expect(next.seen).toEqual(['working.going.failing']);
    expect(await unfold(world, again, 'e', 'u', 'f')).toBe('failed');
    expect(world.effects.begun).not.toContain('later');
  });

  test('an undoing of one step comes back to where the run was, though the process dies in it', async () => {
    const world = newWorld();
    const { project, seen } = await watched(world);
    const source = FAILING.replace('id: slow, type: effect, gate: g', 'id: slow, type: sleep, duration: 1h');
    const run = await begin(
      project,
      source.replace('id: bad, type: effect, gate: b', 'id: bad, type: effect'),
    );
    await settled();
    await rollbackRun(project, run.runId, { scope: 'a' });
    await settled();
    expect(seen.slice(1)).toEqual(['working.going.failing', 'working.undoing']);
    await die(project);
    const next = await watched(world);
    const again = await resume(next.project, run.runId);
    await settled();
    world.effects.open('u');
    await settled();
    expect(next.seen).toEqual(['working.undoing', 'working.going.failing']);
    expect(await unfold(world, again, 'e', 'f')).toBe('failed');
    expect(world.effects.count('compensate/a')).toBe(2);
    expect(world.effects.begun).not.toContain('later');
  });

  test('a step that fails while the run is paused, or a step is undone, leaves it failing afterwards', async () => {
    const world = newWorld();
    const { project, seen } = await watched(world);
    const run = await begin(project, FAILING);
    await settled();
    run.pause();
    await settled();
    world.effects.open('b');
    await settled();
    run.unpause();
    await settled();
    expect(seen).toEqual(['working.going.running', 'working.pausing', 'working.going.failing']);
    expect(await unfold(world, run, 'g', 'e', 'u', 'f')).toBe('failed');
  });
});
