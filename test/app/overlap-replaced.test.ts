/** `on_overlap: cancel-previous` and runs that nobody runs: canceled here, or refused with a way out, and never waited for in vain. */
import { describe, expect, test } from 'vitest';
import { cancelRun, listRuns, rerunRun, showRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  settled,
  type World,
} from '../runtime/test-project.ts';

const UNDO = 'compensate: { id: u, type: effect, value: "${{ inputs.token }}" }';
const source = (more = '', end = ''): string => `
name: t
on_overlap: cancel-previous
env: { LENGTH: "\${{ inputs.token|length }}" }
inputs: { token: { type: string, secret: true }, nap: { type: string, default: 1s } }
steps:
  - { id: a, type: effect, value: "\${{ inputs.token }}"${more === '' ? '' : `, ${more}`} }
  - { id: nap, type: sleep, duration: "\${{ inputs.nap }}", needs: a }
${end}`;
const FINALLY = 'finally: [{ id: f, type: effect }]';
const inputs = { token: 'zebra-4711' };
const long = { ...inputs, nap: '3d' };

async function suspended(world: World, text: string): Promise<string> {
  const run = await begin(openWorld(world), text, { wait: false, inputs: long });
  expect(await finish(world, run)).toMatchObject({ status: 'suspended' });
  return run.runId;
}

const statusOf = async (world: World, runId: string): Promise<string> =>
  (await showRun(openWorld(world), runId)).status;

/** What other processes have done is looked for. */
async function look(project: ReturnType<typeof openWorld>): Promise<void> {
  const { engine, release } = await acquireEngine(project);
  engine.lookSoon();
  await settled();
  await release();
}

/** A process that does not hear what others send. */
async function deaf(project: ReturnType<typeof openWorld>): Promise<ReturnType<typeof openWorld>> {
  const { engine } = await acquireEngine(project);
  engine.store.inbox = async () => [];
  return project;
}

describe('a suspended run that was begun with a secret', () => {
  test('is canceled without it when nothing is left that could need it', async () => {
    const world = newWorld();
    const first = await suspended(world, source());
    expect(await cancelRun(openWorld(world), first)).toMatchObject({ delivered: 'canceled-dormant' });
    expect(await showRun(openWorld(world), first)).toMatchObject({
      status: 'canceled',
      steps: { a: { output: '***' }, nap: { status: 'canceled' } },
    });
    // What it has stored of the secret can still be read with it.
    const again = await rerunRun(openWorld(world), first, { from: 'nap', only: true, inputs, wait: false });
    expect((await again.result).status).toBe('suspended');
  });

  test.each([
    ['undos', source(UNDO)],
    ['a finally block', source('', FINALLY)],
  ])('is refused without it when there are %s, and left as it is', async (_, text) => {
    const world = newWorld();
    const first = await suspended(world, text);
    await expect(cancelRun(openWorld(world), first)).rejects.toMatchObject({
      code: 'INPUTS',
      hint: expect.stringContaining('-i token='),
    });
    expect(await statusOf(world, first)).toBe('suspended');
    await cancelRun(openWorld(world), first, inputs);
    expect(await statusOf(world, first)).toBe('canceled');
  });

  test('is replaced by the next run when nothing is left that could need it', async () => {
    const world = newWorld();
    const first = await suspended(world, source());
    const project = openWorld(world);
    const second = await begin(project, source(), { inputs });
    for (let turn = 0; turn < 5; turn++) await look(project);
    expect(await finish(world, second)).toMatchObject({ status: 'success' });
    expect(await statusOf(world, first)).toBe('canceled');
  });

  test('keeps the next run from beginning when its undos need it: nothing is recorded, and the way out is told', async () => {
    const world = newWorld();
    const first = await suspended(world, source(UNDO));
    const project = openWorld(world);
    await expect(begin(project, source(UNDO), { inputs })).rejects.toMatchObject({
      code: 'RUN_OVERLAPS',
      exitCode: 4,
      message: expect.stringContaining(`run ${first}`),
      hint: `cancel it by hand: keystone cancel ${first} -i token=…`,
    });
    expect((await listRuns(openWorld(world), {})).map(({ runId, status }) => [runId, status])).toEqual([
      [first, 'suspended'],
    ]);
    await cancelRun(openWorld(world), first, inputs);
    expect(await finish(world, await begin(openWorld(world), source(UNDO), { inputs }))).toMatchObject({
      status: 'success',
    });
  });

  test('keeps a rerun from beginning in the same way', async () => {
    const world = newWorld();
    const done = await finish(world, await begin(openWorld(world), source(UNDO), { inputs }));
    const first = await suspended(world, source(UNDO));
    await expect(rerunRun(openWorld(world), done.runId, { from: 'a', inputs })).rejects.toMatchObject({
      code: 'RUN_OVERLAPS',
      message: expect.stringContaining(first),
    });
    expect(await statusOf(world, done.runId)).toBe('success');
  });
});

describe('a run whose process dies before it hears that it is replaced', () => {
  const slow = source(UNDO).replace('type: sleep, duration: "${{ inputs.nap }}"', 'type: effect, hang: true');

  test('is canceled by the one that waits for its place', async () => {
    const world = newWorld();
    const plain = slow
      .replace(`, ${UNDO}`, ', compensate: { id: u, type: effect }')
      .replace(', secret: true', '');
    const one = await deaf(openWorld(world));
    const first = await begin(one, plain, { inputs });
    await settled();
    const two = openWorld(world);
    const second = await begin(two, plain.replace('hang: true', 'ms: 1'), { inputs });
    await settled();
    await die(one);
    for (let turn = 0; turn < 6; turn++) await look(two);
    expect(await finish(world, second)).toMatchObject({ status: 'success' });
    expect(await statusOf(world, first.runId)).toBe('canceled');
    expect(world.effects.count('compensate/a')).toBe(1);
  });

  test('or that was never told, because the one that replaces it died first, is told when that one goes on', async () => {
    const world = newWorld();
    const plain = slow.replace(', secret: true', '').replace(`, ${UNDO}`, '');
    const one = openWorld(world);
    const first = await begin(one, plain, { inputs });
    await settled();
    const two = openWorld(world);
    const { engine, release } = await acquireEngine(two);
    engine.store.send = () => new Promise(() => {});
    const second = await begin(two, plain.replace('hang: true', 'ms: 1'), { inputs });
    await settled();
    await die(two);
    await release().catch(() => {});
    const three = openWorld(world);
    const again = await resume(three, second.runId, { inputs });
    for (let turn = 0; turn < 3; turn++) await look(three);
    await look(one);
    expect(await finish(world, first)).toMatchObject({ status: 'canceled' });
    for (let turn = 0; turn < 3; turn++) await look(three);
    expect(await finish(world, again)).toMatchObject({ status: 'success' });
  });

  test('and needs a secret for its undos: the one that waits fails, and says what to do', async () => {
    const world = newWorld();
    const one = await deaf(openWorld(world));
    const first = await begin(one, slow, { inputs });
    await settled();
    const two = openWorld(world);
    const second = await begin(two, slow, { inputs });
    await settled();
    await die(one);
    for (let turn = 0; turn < 3; turn++) await look(two);
    expect(await finish(world, second)).toMatchObject({
      status: 'failed',
      error: {
        code: 'RUN_OVERLAPS',
        message: expect.stringContaining(`keystone cancel ${first.runId} -i token=…`),
      },
      steps: {},
    });
    expect(world.effects.begun).toEqual(['a', 'nap']);
    const again = await resume(openWorld(world), first.runId, { inputs });
    again.cancel();
    expect(await finish(world, again)).toMatchObject({ status: 'canceled' });
  });
});
