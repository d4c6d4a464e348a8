/** What is sent to a run at the very moment its process leaves it is neither lost nor left lying. */
import { describe, expect, test } from 'vitest';
import { answerRun, cancelRun, pauseRun, sendEvent, showRun, unpauseRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, finish, newWorld, openWorld, type World } from '../runtime/test-project.ts';

type Project = ReturnType<typeof openWorld>;

/** Acts once while the commit is made by which a process leaves a run; before it is on disk, or right after. */
async function whenLeaving(
  project: Project,
  when: 'before' | 'after',
  act: () => Promise<unknown>,
): Promise<void> {
  const { engine } = await acquireEngine(project);
  const commit = engine.store.commit.bind(engine.store);
  engine.store.commit = async (batches) => {
    const leaves = batches.some(({ run }) => run?.status === 'suspended' || run?.status === 'paused');
    if (!leaves) return commit(batches);
    engine.store.commit = commit;
    if (when === 'before') await act();
    await commit(batches);
    if (when === 'after') await act();
  };
}

const ASK =
  'name: t\nsteps: [{ id: ask, type: human, message: "Go?" }, { id: a, type: effect, needs: ask }]\n';
const WAIT = 'name: t\nsteps: [{ id: w, type: wait, event: go }, { id: a, type: effect, needs: w }]\n';

async function suspendedWith(
  source: string,
  when: 'before' | 'after',
  act: (world: World, runId: string) => Promise<unknown>,
): Promise<{ world: World; run: RunSession }> {
  const world = newWorld();
  const project = openWorld(world);
  let runId = '';
  await whenLeaving(project, when, () => act(world, runId));
  const run = await begin(project, source, { wait: false });
  runId = run.runId;
  return { world, run };
}

describe.each(['before', 'after'] as const)('%s the commit by which a run is left', (when) => {
  test('an answer is taken, and the run goes on', async () => {
    const { world, run } = await suspendedWith(ASK, when, (w, id) =>
      answerRun(openWorld(w), id, 'ask', true),
    );
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
    expect(world.effects.begun).toEqual(['a']);
  });

  test('an event is taken', async () => {
    const { world, run } = await suspendedWith(WAIT, when, (w) =>
      sendEvent(openWorld(w), { event: 'go', data: { n: 1 }, ttlMs: 60_000 }),
    );
    expect(await finish(world, run)).toMatchObject({ status: 'success' });
  });

  test('a cancel ends it', async () => {
    const { world, run } = await suspendedWith(ASK, when, (w, id) => cancelRun(openWorld(w), id));
    await finish(world, run);
    expect(await showRun(openWorld(world), run.runId)).toMatchObject({ status: 'canceled' });
  });

  test('an unpause of a run that is about to be paused lets it go on', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const source = 'name: t\nsteps: [{ id: a, type: effect, gate: g }, { id: b, type: effect, needs: a }]\n';
    let handle: RunSession | undefined;
    const run = await begin(project, source);
    await whenLeaving(project, when, async () => {
      const unpause = await unpauseRun(openWorld(world), run.runId, { wait: true });
      if ('handle' in unpause) handle = unpause.handle as RunSession;
    });
    run.pause();
    world.effects.open('g');
    await finish(world, run);
    if (handle !== undefined) await finish(world, handle);
    expect(await showRun(openWorld(world), run.runId)).toMatchObject({ status: 'success' });
    expect(world.effects.begun).toEqual(['a', 'b']);
  });

  test('a pause of a run that is about to be suspended marks it', async () => {
    const { world, run } = await suspendedWith(ASK, when, (w, id) => pauseRun(openWorld(w), id));
    await finish(world, run);
    expect(await showRun(openWorld(world), run.runId)).toMatchObject({ status: 'paused' });
  });
});

test('who sends something to a process that leaves just then finds that nobody runs the run', async () => {
  const world = newWorld();
  const run = await begin(openWorld(world), ASK, { wait: false });
  await finish(world, run);
  const late = openWorld(world);
  const { engine } = await acquireEngine(late);
  const claim = engine.store.claim.bind(engine.store);
  let first = true;
  engine.store.claim = async (runId, now, leaseMs) => {
    if (!first) return claim(runId, now, leaseMs);
    first = false;
    return { claimed: false, reason: 'owned', owner: 'gone', leaseUntil: now };
  };
  expect(await cancelRun(late, run.runId)).toMatchObject({ delivered: 'canceled-dormant' });
  expect(await showRun(openWorld(world), run.runId)).toMatchObject({ status: 'canceled' });
});
