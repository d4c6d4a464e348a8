/** A parent that unwinds rolls its finished children back, through all levels, across deaths; children of their own. */
import { describe, expect, test } from 'vitest';
import {
  cancelRun,
  listRuns,
  rollbackRun,
  runWorkflow,
  showRun,
  validateFiles,
} from '../../src/app/index.ts';
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

const undo = (id: string, more = ''): string => `compensate: { id: u_${id}, type: effect${more} }`;

const GRANDCHILD = `
name: grandchild
version: 3
outputs: { n: 1 }
steps: [{ id: g, type: effect, ${undo('g')} }]
`;
const CHILD = `
name: child
inputs: { token: { type: string, secret: true, default: none } }
steps:
  - { id: x, type: effect, compensate: { id: u_x, type: effect, value: "\${{ inputs.token }}" } }
  - { id: deep, workflow: ./grandchild.yaml, needs: x }
  - { id: y, type: effect, needs: deep, ${undo('y')} }
`;
const files = { 'child.yaml': CHILD, 'grandchild.yaml': GRANDCHILD };
const parent = (more = '', last = 'fail: true, retryable: false'): string => `
name: parent
inputs: { token: { type: string, secret: true, default: none } }
steps:
  - { id: a, type: effect, ${undo('a')} }
  - { id: call, workflow: ./child.yaml, needs: a, inputs: { token: "\${{ inputs.token }}" }${more} }
  - { id: bad, type: effect, needs: call, ${last} }
`;
const UNDOS = ['compensate/y', 'compensate/g', 'compensate/x', 'compensate/a'];
const statusesOf = async (world: World): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await listRuns(openWorld(world), {})).map(({ workflow, status }) => [workflow, status]),
  );

describe('a parent that unwinds', () => {
  test('rolls finished children back by their own compensations, through all levels', async () => {
    const world = newWorld({ files });
    const result = await finish(world, await begin(openWorld(world), parent()));
    expect(world.effects.begun).toEqual(['a', 'x', 'g', 'y', 'bad', ...UNDOS]);
    expect(result).toMatchObject({
      status: 'failed',
      error: { stepId: 'bad' },
      steps: { 'compensate/call': { kind: 'workflow', status: 'success', output: { undone: 3 } } },
    });
    expect(await statusesOf(world)).toEqual({ parent: 'failed', child: 'canceled', grandchild: 'canceled' });
    const shown = await showRun(openWorld(world), result.runId);
    expect(shown.children).toMatchObject([{ workflow: 'child', status: 'canceled', step: 'call' }]);
    const child = await showRun(openWorld(world), shown.children?.[0]?.runId ?? '');
    expect(child.startedBy).toEqual({ runId: result.runId, step: 'call' });
  });

  test('makes the undo of the calling step instead, when it has one', async () => {
    const world = newWorld({ files });
    await finish(world, await begin(openWorld(world), parent(`, ${undo('call')}`)));
    expect(world.effects.begun.slice(5)).toEqual(['compensate/call', 'compensate/a']);
    expect(await statusesOf(world)).toMatchObject({ child: 'success', grandchild: 'success' });
  });

  test('gives the children the secrets they were begun with', async () => {
    const world = newWorld({ files });
    const run = await begin(openWorld(world), parent(), { inputs: { token: 'zebra-4711' } });
    const result = await finish(world, run);
    expect(result.compensations?.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(world.effects.begun.slice(5)).toEqual(UNDOS);
  });

  test('tells which undo of which child failed, and makes the others', async () => {
    const broken = {
      ...files,
      'grandchild.yaml': GRANDCHILD.replace('id: u_g,', 'id: u_g, fail: true, retryable: false,'),
    };
    const world = newWorld({ files: broken });
    const result = await finish(world, await begin(openWorld(world), parent()));
    expect(world.effects.begun.slice(5)).toEqual(UNDOS);
    expect(result.steps['compensate/call']?.error).toMatchObject({
      code: 'UNDO_FAILED',
      message: expect.stringContaining('(child)'),
    });
    expect(result.error).toMatchObject({
      stepId: 'bad',
      details: { alsoFailed: [{ path: 'compensate/call', code: 'UNDO_FAILED' }] },
    });
    expect(await statusesOf(world)).toEqual({ parent: 'failed', child: 'failed', grandchild: 'failed' });
  });

  test.each(['y', 'g', 'x', 'a'])('goes on after a death in the undo of %s', async (at) => {
    const gated = Object.fromEntries(
      Object.entries({ ...files, 'parent.yaml': parent() }).map(([name, text]) => [
        name,
        text.replace(`id: u_${at},`, `id: u_${at}, gate: now,`),
      ]),
    );
    const world = newWorld({ files: gated });
    const project = openWorld(world);
    const run = await begin(project, gated['parent.yaml'] ?? '');
    for (let turn = 0; turn < 20; turn++) await settled();
    expect(world.effects.begun.at(-1)).toBe(`compensate/${at}`);
    await die(project);
    world.effects.open('now');
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result).toMatchObject({ status: 'failed', error: { stepId: 'bad' } });
    const undone = world.effects.begun.slice(5);
    expect(undone.filter((path, index) => path !== undone[index - 1])).toEqual(UNDOS);
    expect(await statusesOf(world)).toEqual({ parent: 'failed', child: 'canceled', grandchild: 'canceled' });
  });

  test('and a rollback of a run that succeeded does so too', async () => {
    const world = newWorld({ files });
    const result = await finish(world, await begin(openWorld(world), parent('', 'value: 1')));
    expect(result.status).toBe('success');
    const project = openWorld(world);
    const rollback = await rollbackRun(project, result.runId);
    expect(rollback).toMatchObject({ status: 'canceled', undone: [{ step: 'call' }, { step: 'a' }] });
    expect(world.effects.begun.slice(5)).toEqual(UNDOS);
  });
});

describe('a child that is canceled by itself', () => {
  const hanging = {
    ...files,
    'grandchild.yaml': GRANDCHILD.replace('id: g, type: effect', 'id: g, type: effect, hang: true'),
  };

  test('fails the step of its parent, which says so', async () => {
    const world = newWorld({ files: hanging });
    const project = openWorld(world);
    const run = await begin(project, parent());
    await settled();
    await settled();
    const [child] = await listRuns(project, { workflow: 'child' });
    await cancelRun(project, child?.runId ?? '');
    const result = await finish(world, run);
    expect(result.steps.call?.error).toMatchObject({
      code: 'WORKFLOW_FAILED',
      message: `run ${child?.runId} of child ended canceled: keystone cancel`,
    });
    expect(world.effects.begun).toEqual(['a', 'x', 'g', 'compensate/g', 'compensate/x', 'compensate/a']);
  });

  test('of a suspended parent takes its parent up to its end', async () => {
    const asleep = {
      ...files,
      'grandchild.yaml': 'name: grandchild\nsteps: [{ id: g, type: sleep, duration: 9h }]\n',
    };
    const world = newWorld({ files: asleep });
    const { runId } = await finish(world, await begin(openWorld(world), parent(), { wait: false }));
    const [grandchild] = await listRuns(openWorld(world), { workflow: 'grandchild' });
    expect(await cancelRun(openWorld(world), grandchild?.runId ?? '')).toMatchObject({
      was: 'suspended',
      delivered: 'canceled-dormant',
    });
    expect(await showRun(openWorld(world), runId)).toMatchObject({
      status: 'failed',
      error: { stepId: 'call' },
    });
    expect(await statusesOf(world)).toEqual({ parent: 'failed', child: 'failed', grandchild: 'canceled' });
    expect(world.effects.begun).toEqual(['a', 'x', 'compensate/x', 'compensate/a']);
  });
});

describe('detach', () => {
  const DETACHED = `
name: parent
outputs: { run: "\${{ steps.call.output.runId }}", version: "\${{ steps.call.version }}" }
steps:
  - { id: call, workflow: ./grandchild.yaml, detach: true }
  - { id: next, type: effect, needs: call }
`;
  test('begins the child in the commit of the step’s result, and nobody waits for it', async () => {
    const slow = {
      'grandchild.yaml': GRANDCHILD.replace('id: g, type: effect', 'id: g, type: effect, gate: later'),
    };
    const world = newWorld({ files: slow });
    const project = openWorld(world);
    const result = await finish(world, await begin(project, DETACHED));
    const [child] = await listRuns(project, { workflow: 'grandchild' });
    expect(result).toMatchObject({ status: 'success', outputs: { run: child?.runId, version: 3 } });
    expect(child).toMatchObject({ status: 'running' });
    expect((await showRun(project, result.runId)).children).toMatchObject([{ step: 'call', detached: true }]);
    world.effects.open('later');
    await settled();
    expect(await statusesOf(world)).toEqual({ parent: 'success', grandchild: 'success' });
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('begins one child however the process dies (%i)', async (turns) => {
    const world = newWorld({ files });
    const project = openWorld(world);
    const run = await begin(project, DETACHED);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await die(project);
    if ((await listRuns(openWorld(world), {})).length === 0) return;
    const known = await listRuns(openWorld(world), { workflow: 'parent' });
    const done = known[0]?.status === 'success';
    if (!done) await finish(world, await resume(openWorld(world), run.runId));
    const children = await listRuns(openWorld(world), { workflow: 'grandchild' });
    expect(children).toHaveLength(1);
    expect((await showRun(openWorld(world), run.runId)).outputs).toMatchObject({ run: children[0]?.runId });
  });

  test('is neither canceled nor undone with its parent', async () => {
    const world = newWorld({ files });
    const source = DETACHED.replace(
      'id: next, type: effect',
      'id: next, type: effect, fail: true, retryable: false',
    );
    expect(await finish(world, await begin(openWorld(world), source))).toMatchObject({ status: 'failed' });
    expect(await statusesOf(world)).toMatchObject({ grandchild: 'success' });
  });
});

describe('workflows that call each other in a ring', () => {
  const ring = (id: string, next: string, more = ''): string =>
    `name: ${id}\nsteps:\n  - { id: call, workflow: ./${next}.yaml${more} }\n`;

  test('are refused before anything begins, and by validate where the call is written', async () => {
    const world = newWorld({
      files: { 'a.yaml': ring('a', 'b'), 'b.yaml': ring('b', 'c'), 'c.yaml': ring('c', 'b') },
    });
    await expect(runWorkflow(openWorld(world), { workflow: './a.yaml' })).rejects.toMatchObject({
      code: 'WORKFLOW_CYCLE',
      message: expect.stringContaining('b.yaml → c.yaml → b.yaml'),
    });
    expect(await listRuns(openWorld(world), {})).toEqual([]);
    const { files: checked } = await validateFiles(openWorld(world), ['a.yaml'], { strict: false });
    expect(checked[0]?.diagnostics).toMatchObject([{ severity: 'error', code: 'WORKFLOW_CYCLE' }]);
    const { start = 0, end = 0 } = checked[0]?.diagnostics[0]?.span ?? {};
    expect(checked[0]?.source.slice(start, end)).toBe('./b.yaml');
  });

  test('may recurse behind a condition', async () => {
    const down = `name: down
inputs: { n: { type: integer } }
steps:
  - { id: e, type: effect }
  - { id: call, workflow: ./down.yaml, inputs: { n: "\${{ inputs.n - 1 }}" }, if: "inputs.n > 0" }
`;
    const world = newWorld({ files: { 'down.yaml': down } });
    const source = 'name: t\nsteps: [{ id: c, workflow: ./down.yaml, inputs: { n: 3 } }]\n';
    expect(await finish(world, await begin(openWorld(world), source))).toMatchObject({ status: 'success' });
    expect(world.effects.count('e')).toBe(4);
  });
});

describe('contracts', () => {
  const call = (more: string): string =>
    `name: t\noutputs: { v: "\${{ steps.call.version }}" }\nsteps: [{ id: call, workflow: ./grandchild.yaml${more} }]\n`;

  test('the version of the child is readable, and may be demanded', async () => {
    const world = newWorld({ files });
    expect(await finish(world, await begin(openWorld(world), call(', version: 3')))).toMatchObject({
      outputs: { v: 3 },
    });
    expect(await finish(world, await begin(openWorld(world), call(', version: 4')))).toMatchObject({
      error: { code: 'WORKFLOW_VERSION', message: expect.stringContaining('version 3') },
    });
    expect(await listRuns(openWorld(world), { workflow: 'grandchild' })).toHaveLength(1);
  });

  test('outputs that do not fit the child’s outputSchema fail the child and the step', async () => {
    const strict = GRANDCHILD.replace(
      'outputs: { n: 1 }',
      'outputs: { n: 1 }\noutputSchema: { type: object, required: [url] }',
    );
    const world = newWorld({ files: { 'grandchild.yaml': strict } });
    const result = await finish(world, await begin(openWorld(world), call('')));
    expect(result.error).toMatchObject({
      code: 'WORKFLOW_FAILED',
      message: expect.stringContaining('outputSchema of the workflow'),
    });
    expect(world.effects.begun).toEqual(['g', 'compensate/g']);
  });
});
