/** Effects with a name are had once: between steps, runs, processes and crashes. */
import { describe, expect, test } from 'vitest';
import { showRun, why } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { DedupRow } from '../../src/store/port.ts';
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
  type World,
} from './test-project.ts';

const pay = (more = '', key = "'order-' + inputs.order"): string => `
name: t
inputs: { order: { type: integer, default: 7 }, amount: { type: integer, default: 100 } }
steps:
  - { id: pay, type: effect, value: "\${{ inputs.amount }}", idempotencyKey: "${key}", idempotencyScope: global${more} }
`;

async function rows(world: World): Promise<DedupRow[]> {
  const { engine, release } = await acquireEngine(openWorld(world));
  try {
    return await engine.store.dedup.list();
  } finally {
    await release();
  }
}

const again = async (world: World, source: string, request = {}) =>
  finish(world, await begin(openWorld(world), source, request));

describe('a key', () => {
  test('gives the finished result to the next run, which says where it is from', async () => {
    const world = newWorld();
    const first = await again(world, pay());
    const second = await again(world, pay());
    expect(world.effects.count('pay')).toBe(1);
    expect(second.steps.pay).toMatchObject({
      status: 'success',
      output: 100,
      attempts: 0,
      reusedFrom: { runId: first.runId, path: 'pay' },
    });
    expect((await why(openWorld(world), second.runId, 'pay')).lines[0]).toContain(
      `the result of step pay of run ${first.runId}`,
    );
  });

  test('tells events where the result is from', async () => {
    const world = newWorld();
    const first = await again(world, pay());
    const run = await begin(openWorld(world), pay());
    const events: object[] = [];
    run.subscribe((event) => events.push(event));
    await finish(world, run);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'step.finished',
        path: 'pay',
        reusedFrom: { runId: first.runId, path: 'pay' },
      }),
    );
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'step.started' }));
  });

  test('of another effect is a collision that names its holder, and is not retried', async () => {
    const world = newWorld();
    const first = await again(world, pay());
    const source = pay(', retry: { count: 3 }');
    const second = await again(world, source, { inputs: { amount: 5 } });
    expect(second.steps.pay).toMatchObject({ status: 'failed', attempts: 0 });
    expect(second.error).toMatchObject({
      code: 'IDEMPOTENCY_COLLISION',
      retryable: false,
      message: expect.stringContaining(`step pay of run ${first.runId}`),
    });
    expect(world.effects.count('pay')).toBe(1);
  });

  test('holds for one run tree unless it is global', async () => {
    const world = newWorld();
    const source = pay().replace(', idempotencyScope: global', '');
    await again(world, source);
    await again(world, source);
    expect(world.effects.count('pay')).toBe(2);
    const { result, world: other } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, value: 1, idempotencyKey: "'k'" }
  - { id: b, type: effect, value: 1, idempotencyKey: "'k'", needs: a }
`);
    expect(other.effects.begun).toEqual(['a']);
    expect(result.steps.b).toMatchObject({ output: 1, reusedFrom: { path: 'a' } });
  });

  test('is given back by a step that fails, so that the next may try', async () => {
    const world = newWorld();
    expect((await again(world, pay(', fail: true, retryable: false'))).status).toBe('failed');
    expect(await rows(world)).toEqual([]);
    const fixed = await again(world, pay());
    expect(fixed.status).toBe('success');
    expect(world.effects.count('pay')).toBe(2);
  });

  test('stays with the step from attempt to attempt', async () => {
    const { world, result } = await runToEnd(pay(', fail: 2, retry: { count: 3 }'));
    expect(result.steps.pay).toMatchObject({ status: 'success', attempts: 3 });
    expect(await rows(world)).toMatchObject([{ status: 'done', path: 'pay' }]);
  });

  test('does not count any more when its time is over', async () => {
    const world = newWorld();
    const source = pay(', idempotencyTtlSeconds: 60');
    await again(world, source);
    world.clock.advance(59_000);
    await again(world, source);
    expect(world.effects.count('pay')).toBe(1);
    world.clock.advance(1000);
    await again(world, source);
    expect(world.effects.count('pay')).toBe(2);
    expect(await rows(world)).toHaveLength(1);
  });

  test('is made for every item of a foreach', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - id: pay
    type: effect
    foreach: "['a', 'b', 'a']"
    concurrency: 1
    value: \${{ item }}
    idempotencyKey: "'to-' + item"
`);
    expect(world.effects.begun).toEqual(['pay[0]', 'pay[1]']);
    expect(result.steps.pay?.output).toEqual(['a', 'b', 'a']);
    expect(result.steps.pay?.items?.[2]).toMatchObject({ reusedFrom: { path: 'pay[0]' } });
  });

  test('that is no text or number fails the step before anything happens', async () => {
    const { world, result } = await runToEnd(pay('', 'null'));
    expect(result.error).toMatchObject({ code: 'IDEMPOTENCY_KEY' });
    expect(world.effects.begun).toEqual([]);
  });

  test('passes its raw result through the transform of the step that takes it', async () => {
    const world = newWorld();
    await again(world, pay());
    const second = await again(world, pay(', transform: output * 2'));
    expect(second.steps.pay?.output).toBe(200);
    const third = await again(world, pay(', retry: { count: 2 }, outputSchema: { type: string }'));
    expect(third.error).toMatchObject({ code: 'OUTPUT_SCHEMA' });
    expect(world.effects.count('pay')).toBe(1);
  });

  test('is neither looked at nor written with --no-dedup, which sub-workflows and a resumed run keep', async () => {
    const world = newWorld({
      files: { 'child.yaml': pay().replace('name: t', 'name: child') },
    });
    await again(world, pay());
    const parent = 'name: p\nsteps: [{ id: c, workflow: ./child.yaml }]\n';
    await again(world, parent, { dedup: false });
    expect(world.effects.count('pay')).toBe(2);
    const project = openWorld(world);
    const run = await begin(project, pay(', gate: g'), { dedup: false });
    await settled();
    await die(project);
    world.effects.open('g');
    expect(
      (await finish(world, await resume(openWorld(world), run.runId))).steps.pay?.reusedFrom,
    ).toBeUndefined();
    expect(world.effects.count('pay')).toBe(4);
    expect(await rows(world)).toHaveLength(1);
  });

  test('with a secret in it is stored as a hash, and the secret nowhere', async () => {
    const source = pay('', 'inputs.token').replace(
      'inputs: {',
      'inputs: { token: { type: string, secret: true }, ',
    );
    const world = newWorld();
    const inputs = { token: 'correct-horse-battery' };
    await again(world, source, { inputs });
    await again(world, source, { inputs });
    expect(world.effects.count('pay')).toBe(1);
    const [row] = await rows(world);
    expect(JSON.stringify(row)).not.toContain('correct-horse');
  });

  test('whose result holds a secret is not for other workflows', async () => {
    const source = (name: string): string => `
name: ${name}
inputs: { token: { type: string, secret: true } }
steps: [{ id: a, type: effect, value: "\${{ inputs.token }}", idempotencyKey: "'k'", idempotencyScope: global }]
`;
    const world = newWorld();
    const inputs = { token: 'correct-horse-battery' };
    await again(world, source('one'), { inputs });
    expect((await again(world, source('one'), { inputs })).status).toBe('success');
    expect((await again(world, source('two'), { inputs })).error).toMatchObject({
      code: 'IDEMPOTENCY_SECRET',
    });
    expect(world.effects.count('a')).toBe(1);
  });
});

describe('a key in flight', () => {
  const held = pay(', gate: g');
  const waiting = pay(', gate: g, idempotencyInFlight: wait');

  test('in another run fails the step, which may be retried', async () => {
    const world = newWorld();
    const first = await begin(openWorld(world), held);
    await settled();
    const second = await again(world, held);
    expect(second.error).toMatchObject({
      code: 'IDEMPOTENCY_IN_FLIGHT',
      retryable: true,
      message: expect.stringContaining(first.runId),
    });
    const third = await begin(openWorld(world), pay(', gate: g, retry: { count: 1, baseDelay: 1m }'));
    await settled();
    world.effects.open('g');
    await finish(world, first);
    expect((await finish(world, third)).steps.pay).toMatchObject({ output: 100, reusedFrom: {} });
    expect(world.effects.count('pay')).toBe(1);
  });

  test('is waited for in the same process, and its result taken', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const first = await begin(project, held);
    await settled();
    const second = await begin(project, waiting);
    await settled();
    expect((await showRun(openWorld(world), second.runId)).steps.pay).toMatchObject({
      status: 'waiting',
      skipReason: expect.stringContaining(first.runId),
    });
    world.effects.open('g');
    await finish(world, first);
    expect((await finish(world, second)).steps.pay).toMatchObject({ output: 100, reusedFrom: {} });
    expect(world.effects.count('pay')).toBe(1);
  });

  test('passes to the one who waits when its step fails', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const first = await begin(
      project,
      pay(', gate: g, fail: true, retryable: false').replace('value:', 'code: X, value:'),
    );
    await settled();
    const second = await begin(
      project,
      pay(', gate: g, fail: true, retryable: false, idempotencyInFlight: wait').replace(
        'value:',
        'code: X, value:',
      ),
    );
    await settled();
    world.effects.open('g');
    expect((await finish(world, first)).status).toBe('failed');
    await finish(world, second);
    expect(world.effects.count('pay')).toBe(2);
    expect(await rows(world)).toEqual([]);
  });

  test('is waited for between steps of one run', async () => {
    const { world, result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, value: 1, ms: 500, idempotencyKey: "'k'" }
  - { id: b, type: effect, value: 1, ms: 500, idempotencyKey: "'k'", idempotencyInFlight: wait }
`);
    expect(statuses(result)).toEqual({ a: 'success', b: 'success' });
    expect(world.effects.begun).toHaveLength(1);
  });

  test('of the step that runs this very workflow is not waited for', async () => {
    const step = `{ id: c, workflow: ./child.yaml, idempotencyKey: "'k'", idempotencyInFlight: wait }`;
    // With a condition, without which a ring of workflows is refused before it begins.
    const conditional = step.replace('id: c,', `id: c, if: "run.id != ''",`);
    const world = newWorld({ files: { 'child.yaml': `name: child\nsteps: [${conditional}]\n` } });
    const result = await again(world, `name: p\nsteps: [${step}]\n`);
    expect(result.error?.message).toContain('the effect with the key "k" is being had by step c');
  });

  test('of a run that nobody runs lets the one who waits leave, and makes it due at its end', async () => {
    const world = newWorld();
    const dying = openWorld(world);
    const first = await begin(dying, held);
    await settled();
    await die(dying);
    const second = await finish(world, await begin(openWorld(world), waiting, { wait: 60_000 }));
    expect(second).toMatchObject({
      status: 'suspended',
      suspendedOn: [{ step: 'pay', answerWith: `keystone resume ${first.runId}` }],
    });
    world.effects.open('g');
    await finish(world, await resume(openWorld(world), first.runId));
    const { engine, release } = await acquireEngine(openWorld(world));
    expect(await engine.store.dueRuns(world.clock.now(), 10)).toEqual([second.runId]);
    await release();
    const end = await finish(world, await resume(openWorld(world), second.runId, { wait: false }));
    expect(end.steps.pay).toMatchObject({ output: 100, reusedFrom: { runId: first.runId } });
    expect(world.effects.count('pay')).toBe(2); // the redo of the step that holds it
  });

  test('is given back by a cancel, whether the step waits for it or holds it', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const first = await begin(project, pay(', hang: true'));
    await settled();
    const second = await begin(project, pay(', hang: true, idempotencyInFlight: wait'));
    await settled();
    second.cancel();
    expect((await finish(world, second)).status).toBe('canceled');
    expect(await rows(world)).toMatchObject([{ runId: first.runId, status: 'in-flight' }]);
    first.cancel();
    await finish(world, first);
    expect(await rows(world)).toEqual([]);
  });
});

describe('memoize', () => {
  const memo = (value: unknown, more = ''): string =>
    `name: t\nsteps: [{ id: a, type: effect, value: ${JSON.stringify(value)}, memoize: true${more} }]\n`;

  test('takes the result of the same kind with the same fields, of any run, until its time is over', async () => {
    const world = newWorld();
    await again(world, memo(1, ', memoizeTtlSeconds: 60'));
    const second = await again(world, memo(1).replace('name: t', 'name: u').replace('id: a', 'id: b'));
    expect(second.steps.b).toMatchObject({ output: 1, reusedFrom: { path: 'a' } });
    await again(world, memo(2));
    expect(world.effects.begun).toEqual(['a', 'a']);
    world.clock.advance(60_000);
    await again(world, memo(1));
    expect(world.effects.begun).toHaveLength(3);
  });

  test('keeps no failures, and nothing with a secret in it', async () => {
    const world = newWorld();
    await again(world, memo(1, ', fail: true, retryable: false'));
    const secret = `
name: s
inputs: { token: { type: string, secret: true } }
steps: [{ id: a, type: effect, value: "\${{ inputs.token }}", memoize: true }]
`;
    await again(world, secret, { inputs: { token: 'correct-horse-battery' } });
    expect(await rows(world)).toEqual([]);
  });

  test('settles a key too', async () => {
    const world = newWorld();
    await again(world, memo(1));
    const second = await again(world, memo(1, `, idempotencyKey: "'k'", idempotencyScope: global`));
    expect(second.steps.a?.reusedFrom).toBeDefined();
    expect((await rows(world)).map(({ scope, status }) => [scope, status]).sort()).toEqual([
      ['global', 'done'],
      ['memo', 'done'],
    ]);
    expect(world.effects.begun).toEqual(['a']);
  });
});

describe('after a crash', () => {
  /** Runs until `stop` says so, dies, and gives what the next process makes of it. */
  async function crashed(stop: (world: World) => Promise<void> | void, at: 'claim' | 'effect' | 'result') {
    const world = newWorld();
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    const { commit } = engine.store;
    const { claim } = engine.store.dedup;
    await stop(world);
    if (at === 'claim') engine.store.dedup.claim = () => new Promise(() => {});
    if (at === 'effect') {
      engine.store.dedup.claim = async (row, now) => {
        const outcome = await claim.call(engine.store.dedup, row, now);
        engine.store.commit = () => new Promise(() => {});
        return outcome;
      };
    }
    if (at === 'result') {
      engine.store.commit = async (batches) => {
        if (batches.some(({ dedup }) => dedup?.some(({ status }) => status === 'done')))
          return new Promise(() => {});
        return commit.call(engine.store, batches);
      };
    }
    const run = await begin(project, pay());
    await settled();
    await release();
    await die(project);
    return { world, run };
  }

  test.each([
    ['before the claim', 'claim', 0, 0, 1],
    ['after the claim', 'effect', 1, 0, 1],
    ['after the effect', 'result', 1, 1, 2],
  ] as const)('%s the same step goes on under its own key', async (_, at, held, had, effects) => {
    const { world, run } = await crashed(() => {}, at);
    expect(await rows(world)).toHaveLength(held);
    expect(world.effects.count('pay')).toBe(had);
    const blocked = held === 0 ? undefined : await again(world, pay());
    expect(blocked?.error?.code).toBe(held === 0 ? undefined : 'IDEMPOTENCY_IN_FLIGHT');
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result.steps.pay).toMatchObject({ status: 'success', output: 100 });
    expect(world.effects.count('pay')).toBe(effects);
    expect(await rows(world)).toMatchObject([{ status: 'done', runId: run.runId }]);
    expect((await again(world, pay())).steps.pay?.reusedFrom).toEqual({ runId: run.runId, path: 'pay' });
  });

  test('after the result it is not had again', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const source = `${pay()}  - { id: after, type: effect, gate: g, needs: pay }\n`;
    const run = await begin(project, source);
    await settled();
    await die(project);
    world.effects.open('g');
    await finish(world, await resume(openWorld(world), run.runId));
    expect(world.effects.count('pay')).toBe(1);
  });

  test('a canceled run gives its key back, though its step had no time to', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, pay(', hang: true'));
    await settled();
    await die(project);
    const canceled = await resume(openWorld(world), run.runId, {
      cancel: { reason: 'test', automatic: false },
    });
    await finish(world, canceled);
    expect(await rows(world)).toEqual([]);
  });

  test('a step that waited for a key waits for it again', async () => {
    const world = newWorld();
    const holder = openWorld(world);
    const dying = openWorld(world);
    const first = await begin(holder, pay(', gate: g'));
    await settled();
    const second = await begin(dying, pay(', gate: g, idempotencyInFlight: wait'));
    await settled();
    await die(dying);
    const again = await resume(openWorld(world), second.runId);
    await settled();
    expect(again.host.run.keys.waits.size).toBe(1);
    world.effects.open('g');
    await finish(world, first);
    await again.host.run.ports.lookForEvents();
    expect((await finish(world, again)).steps.pay).toMatchObject({ reusedFrom: { runId: first.runId } });
    expect(world.effects.count('pay')).toBe(1);
  });
});
