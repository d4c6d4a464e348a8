import { describe, expect, test } from 'vitest';
import { rerunRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, finish, newWorld, openWorld, runToEnd, settled, statuses } from './test-project.ts';

const THREE = `
  - { id: a, type: effect, ms: 100, value: A }
  - { id: b, type: effect, ms: 200, value: B }
  - { id: c, type: effect, ms: 60000, value: C }`;

describe('a join goes on as soon as its condition holds', () => {
  test.each([
    ['any', 100, { A: 1 }, ['b', 'c']],
    ['2', 200, { A: 1, B: 1 }, ['c']],
    ['"60%"', 200, { A: 1, B: 1 }, ['c']],
    ['all', 60_000, { A: 1, B: 1, C: 1 }, []],
  ])('%s', async (condition, afterMs, completed, pending) => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      `name: t\nsteps:${THREE}
  - { id: j, type: join, needs: [a, b, c], condition: ${condition}, cancelRest: false }
  - { id: next, type: effect, needs: j }\n`,
    );
    let nextAt = -1;
    run.subscribe((event) => {
      if (event.type === 'step.started' && event.path === 'next') nextAt = event.ts - run.host.run.startedAt;
    });
    const result = await finish(world, run);
    expect(nextAt).toBe(afterMs);
    const output = result.steps.j?.output as { completed: Record<string, string>; pending: string[] };
    expect(Object.values(output.completed)).toEqual(Object.keys(completed));
    expect(output.pending).toEqual(pending);
    // With cancelRest: false, what the join did not wait for runs to its end.
    expect(statuses(result)).toMatchObject({ a: 'success', b: 'success', c: 'success' });
  });
});

describe('a quorum join judges its branches itself', () => {
  test('failed and skipped branches count against it, not against the run', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, fail: true, retryable: false }
  - { id: b, type: effect, if: "false" }
  - { id: c, type: effect, value: 3 }
  - { id: j, type: join, needs: [a, b, c], condition: any }
  - { id: next, type: effect, needs: j, value: "\${{ steps.j.output }}" }
`);
    expect(result.status).toBe('success');
    expect(result.steps.next?.output).toEqual({
      completed: { c: 3 },
      failed: ['a'],
      skipped: ['b'],
      pending: [],
    });
  });

  test('a branch that failed fails the run when its join is skipped, whichever comes first', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: a, type: effect, fail: true, retryable: false }
  - { id: b, type: effect, ms: 10, fail: true, retryable: false }
  - { id: c, type: effect }
  - { id: j, type: join, needs: [a, b, c], condition: any, if: "false" }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step.id }}" }
`);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'BROKEN', stepId: 'a' } });
    expect(result.error?.details).toMatchObject({ alsoFailed: [{ path: 'b' }] });
    expect(result.steps['errors/tell']?.output).toBe('b');
  });

  test('of a run that leaves the join out the failure of a branch counts', async () => {
    const { result } = await runToEnd(
      `
name: t
steps:
  - { id: a, type: effect, fail: true, retryable: false }
  - { id: b, type: effect }
  - { id: j, type: join, needs: [a, b], condition: any }
`,
      { request: { until: 'a' } },
    );
    expect(result).toMatchObject({ status: 'failed', error: { stepId: 'a' } });
  });

  test('branches: skipped ones are no successes, allowed failures are, items come as a list', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: no, type: effect, if: "false" }
  - { id: ok, type: effect, value: 1 }
  - { id: bad, type: effect, fail: true, retryable: false, allowFailure: true }
  - { id: each, type: effect, foreach: "[1, 2]", value: "\${{ item }}" }
  - { id: all, type: join, needs: [no, ok, bad, each] }
  - { id: most, type: join, needs: [no, ok, bad, each], condition: "75%" }
  - { id: nothing, type: join, needs: [no] }
  - { id: one_of_none, type: join, needs: [no], condition: any, allowFailure: true }
`);
    const completed = { ok: 1, bad: null, each: [1, 2] };
    const output = { completed, failed: [], skipped: ['no'], pending: [] };
    expect(result.steps.all).toMatchObject({ status: 'success', output });
    expect(result.steps.most).toMatchObject({ status: 'success', output });
    expect(result.steps.nothing).toMatchObject({
      status: 'success',
      output: { completed: {}, skipped: ['no'] },
    });
    expect(result.steps.one_of_none?.error).toMatchObject({
      code: 'JOIN_NOT_MET',
      message: 'needs 1 of 1 to succeed, 0 did (no was skipped)',
    });
  });

  test('a condition that can no longer be met fails at once, without waiting for the rest', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: cancel
steps:
  - { id: a, type: effect, fail: true, retryable: false }
  - { id: b, type: effect, fail: true, retryable: false }
  - { id: c, type: effect, hang: true }
  - { id: j, type: join, needs: [a, b, c], condition: 2 }
`);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'JOIN_NOT_MET', stepId: 'j' } });
    expect(result.error?.message).toContain('a failed');
    expect(result.durationMs).toBe(0);
  });

  test('join all of a failed branch fails the run with the branch’s failure first', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: a, type: effect, fail: true, retryable: false }
  - { id: b, type: effect }
  - { id: j, type: join, needs: [a, b] }
`);
    expect(result.error).toMatchObject({ code: 'BROKEN', stepId: 'a' });
    expect(result.steps.j).toMatchObject({ status: 'failed', error: { code: 'JOIN_NOT_MET' } });
  });
});

describe('the time-out of a join', () => {
  const source = (onTimeout: string) => `
name: t
steps:
  - { id: a, type: effect, ms: 100, value: A }
  - { id: nap, type: sleep, duration: 1h }
  - { id: j, type: join, needs: [a, nap], condition: 2, timeout: 10m, onTimeout: ${onTimeout}, cancelRest: false }
  - { id: next, type: effect, needs: j }
`;
  test('partial goes on with what there is; the timer does not outlive the join', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    const run = await begin(project, source('partial'));
    await settled();
    world.clock.advance(100);
    await settled();
    world.clock.advance(10 * 60_000);
    await settled();
    expect(run.host.run.ledger.has('next')).toBe(true);
    expect((await engine.store.timers(run.runId)).map(({ name }) => name)).toEqual(['wait']);
    const result = await finish(world, run);
    expect(result.steps.j?.output).toMatchObject({ completed: { a: 'A' }, pending: ['nap'] });
    expect(await engine.store.timers(run.runId)).toEqual([]);
    await release();
  });

  test('fail fails the step and names what is missing', async () => {
    const { result } = await runToEnd(source('fail'));
    expect(result.error).toMatchObject({ code: 'JOIN_TIMEOUT', stepId: 'j' });
    expect(result.error?.message).toContain('nap is pending');
  });
});

test('transform and outputSchema of a join are applied to what it gathered', async () => {
  const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: a, type: effect, value: 2 }
  - { id: b, type: effect, value: 3 }
  - { id: j, type: join, needs: [a, b], transform: "output.completed|values|sum", outputSchema: { type: integer } }
  - { id: bad, type: join, needs: [a, b], outputSchema: { type: string } }
`);
  expect(result.steps.j).toMatchObject({ status: 'success', output: 5 });
  expect(result.steps.bad).toMatchObject({
    status: 'failed',
    error: { code: 'OUTPUT_SCHEMA', stepId: 'bad' },
  });
});

describe('cancelRest', () => {
  test('is what a join does that goes on early: nothing is waited for that nobody wants', async () => {
    const { result } = await runToEnd(`
name: t
steps:${THREE}
  - { id: j, type: join, needs: [a, b, c], condition: any }
  - { id: next, type: effect, needs: j, value: "\${{ steps.j.canceled }}" }
`);
    expect(statuses(result)).toEqual({
      a: 'success',
      b: 'canceled',
      c: 'canceled',
      j: 'success',
      next: 'success',
    });
    expect(result).toMatchObject({ status: 'success', durationMs: 100 });
    expect(result.steps.next?.output).toEqual(['b', 'c']);
  });

  test('also when the time is over and it goes on with what there is, or its failure is allowed', async () => {
    const { result } = await runToEnd(`
name: t
steps:${THREE}
  - { id: part, type: join, needs: [a, c], timeout: 1s, onTimeout: partial }
  - { id: d, type: effect, hang: true }
  - { id: late, type: join, needs: [d, part], timeout: 2s, allowFailure: true }
`);
    expect(statuses(result)).toEqual({
      a: 'success',
      b: 'success',
      c: 'canceled',
      part: 'success',
      d: 'canceled',
      late: 'success',
    });
    expect(result.steps.part?.output).toEqual({
      completed: { a: 'A' },
      failed: [],
      skipped: [],
      pending: ['c'],
    });
    expect(result.steps.late).toMatchObject({ outcome: 'failed', error: { code: 'JOIN_TIMEOUT' } });
  });

  test('never ends what another step waits for; the last of several joins does', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ms: 10 }
  - { id: b, type: effect, ms: 500 }
  - { id: c, type: effect, ms: 60000 }
  - { id: d, type: effect, needs: b }
  - { id: one, type: join, needs: [a, b, c], condition: any }
  - { id: two, type: join, needs: [a, b, c], condition: 2 }
`);
    expect(statuses(result)).toEqual({
      a: 'success',
      b: 'success',
      c: 'canceled',
      d: 'success',
      one: 'success',
      two: 'success',
    });
    expect(result.steps.c?.skipReason).toBe('two does not wait for it any more');
    expect(result.durationMs).toBe(500);
  });

  test('a need that was ended runs again when a rerun asks for it alone', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const source = `
name: t
steps:
  - { id: a, type: effect }
  - { id: b, type: effect, ms: 100 }
  - { id: j, type: join, needs: [a, b], condition: any }
`;
    const first = await finish(world, await begin(project, source));
    expect(first.steps.b?.status).toBe('canceled');
    const again = await rerunRun(project, first.runId, { from: 'b', only: true, wait: true });
    const result = await finish(world, again as RunSession);
    expect(statuses(result)).toEqual({ a: 'success', b: 'success', j: 'success' });
  });

  test('ends needs that still run, with all that was done only for them, and nothing else', async () => {
    const { result, world } = await runToEnd(`
name: t
steps:
  - { id: fast, type: effect, ms: 10, value: F }
  - { id: slow, type: effect, hang: true, compensate: { id: u, type: effect } }
  - { id: items, type: effect, foreach: "[1, 2, 3]", concurrency: 2, hang: true }
  - { id: shared, type: effect, ms: 5000 }
  - { id: far, type: effect, needs: [slow, shared] }
  - { id: j, type: join, needs: [fast, far, items], condition: any, cancelRest: true }
  - { id: next, type: effect, needs: j }
  - { id: other, type: effect, needs: shared }
`);
    expect(result.status).toBe('success');
    expect(statuses(result)).toEqual({
      fast: 'success',
      slow: 'canceled',
      items: 'canceled',
      'items[0]': 'canceled',
      'items[1]': 'canceled',
      shared: 'success',
      far: 'canceled',
      j: 'success',
      next: 'success',
      other: 'success',
    });
    expect(result.steps.slow?.skipReason).toBe('j does not wait for it any more');
    expect(result.steps.far?.attempts).toBe(0);
    expect(world.effects.begun).not.toContain('compensate/slow');
  });
});

test('soft joins inside a fleet hear of steps of other machines', async () => {
  const steps = Array.from(
    { length: 20 },
    (_, i) => `  - { id: s${i}, type: effect, ms: ${i === 19 ? 90_000 : 10} }`,
  );
  const { result } = await runToEnd(`name: t
steps:
${steps.join('\n')}
  - { id: j, type: join, needs: [s0, s19], condition: any, cancelRest: true }
  - { id: next, type: effect, needs: j }
`);
  expect(result.status).toBe('success');
  expect(result.durationMs).toBeLessThan(90_000);
  expect(result.steps.s19?.status).toBe('canceled');
});

test('soft joins in fleets inside a fleet do not keep what they wait for out of its window', async () => {
  const xs = (k: number) => Array.from({ length: 17 }, (_, i) => `x${k}_${i}`);
  const branches = Array.from({ length: 65 }, (_, k) => k);
  const { result } = await runToEnd(`name: t
steps:
${branches
  .flatMap(xs)
  .map((id) => `  - { id: ${id}, type: effect, if: "false" }`)
  .join('\n')}
  - { id: late, type: effect }
  - { id: later, type: effect }
${branches
  .map(
    (k) => `  - { id: j${k}, type: join, needs: [late, later], condition: any }
  - { id: c${k}, type: effect, needs: [j${k}, ${xs(k).join(', ')}] }`,
  )
  .join('\n')}
`);
  expect(result.status).toBe('success');
  expect(result.steps.j64?.status).toBe('success');
});
