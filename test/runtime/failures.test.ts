import { describe, expect, test } from 'vitest';
import { begin, finish, newWorld, openWorld, runToEnd, settled, statuses } from './test-project.ts';

const BAD = 'fail: true, retryable: false';

describe('on_failure', () => {
  const source = (policy: string) => `
name: t
on_failure: ${policy}
steps:
  - { id: bad, type: effect, ms: 10, ${BAD} }
  - { id: long, type: effect, ms: 1000 }
  - { id: after, type: effect, needs: long }
  - { id: promised, type: effect, needs: long, if: always() }
`;
  test.each([
    ['drain', { long: 'success', after: 'skipped', promised: 'success' }],
    ['continue', { long: 'success', after: 'success', promised: 'success' }],
    ['cancel', { long: 'canceled', after: 'canceled', promised: 'canceled' }],
  ])('%s', async (policy, wanted) => {
    const { result } = await runToEnd(source(policy));
    expect(result).toMatchObject({ status: 'failed', error: { code: 'BROKEN', stepId: 'bad' } });
    expect(statuses(result)).toEqual({ bad: 'failed', ...wanted });
    if (policy === 'drain')
      expect(result.steps.after?.skipReason).toBe('the run is failing: step bad failed');
    if (policy === 'cancel')
      expect(result.steps.long?.skipReason).toBe('the run is failing: step bad failed');
  });
});

describe('errors and finally', () => {
  test('errors sees the failed step, finally runs last, and no later failure hides the first', async () => {
    const { result, world } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, ${BAD}, code: FIRST }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step.id }}/\${{ last_failed_step.error.code }}" }
  - { id: worse, type: effect, ${BAD}, code: SECOND, needs: tell }
  - { id: unreached, type: effect, needs: worse }
finally:
  - { id: clean, type: effect, ${BAD}, code: THIRD }
  - { id: look, type: effect, value: "\${{ steps.a.status }}" }
`);
    expect(result.status).toBe('failed');
    expect(result.error).toMatchObject({ code: 'FIRST', stepId: 'a' });
    expect(result.error?.details).toMatchObject({
      alsoFailed: [
        { path: 'errors/worse', code: 'SECOND' },
        { path: 'finally/clean', code: 'THIRD' },
      ],
    });
    expect(result.steps['errors/tell']?.output).toBe('a/FIRST');
    expect(result.steps['errors/unreached']?.skipReason).toBe('need worse failed');
    expect(result.steps['finally/look']?.output).toBe('failed');
    expect(world.effects.begun).toEqual([
      'a',
      'errors/tell',
      'errors/worse',
      'finally/clean',
      'finally/look',
    ]);
  });

  test('last_failed_step is the one that failed last, with what is known of it', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: first, type: effect, ${BAD} }
  - { id: second, type: effect, ms: 100, fail: true, code: LAST, retry: { count: 1, baseDelay: 1s, jitter: false } }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step }}" }
finally:
  - { id: still, type: effect, value: "\${{ last_failed_step.id }}" }
`);
    expect(result.error).toMatchObject({ stepId: 'first' });
    expect(result.steps['errors/tell']?.output).toMatchObject({
      id: 'second',
      path: 'second',
      kind: 'effect',
      error: {
        code: 'LAST',
        message: 'attempt 2 of second broke',
        retryable: true,
        stepId: 'second',
        attempt: 2,
      },
      status: 'failed',
      output: null,
      attempts: 2,
      exitCode: null,
      durationMs: 100,
    });
    expect(result.steps['finally/still']?.output).toBe('second');
  });

  test('of a fan-out it is the step, with its first failed item; without a failure it is null', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: e, type: effect, foreach: [1, 2], fail: "\${{ item == 2 }}", retryable: false }
errors:
  - { id: tell, type: effect, value: "\${{ [last_failed_step.path, last_failed_step.error.details.item] }}" }
`);
    expect(result.steps['errors/tell']?.output).toEqual(['e', 1]);
    const fine = await runToEnd(
      'name: t\nsteps: [{ id: a, type: effect, fail: true, retryable: false, allowFailure: true }]\nfinally: [{ id: f, type: effect, value: "${{ [last_failed_step, steps.a.status, steps.a.outcome, steps.a.error.code] }}" }]\n',
    );
    expect(fine.result.steps['finally/f']?.output).toEqual([null, 'success', 'failed', 'BROKEN']);
  });

  test('onTimeout: skip makes a step that ran out of time skipped, also where a failure is allowed', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: a, type: effect, hang: true, timeout: 1s, onTimeout: skip }
  - { id: b, type: effect, hang: true, timeout: 1s, onTimeout: skip, allowFailure: true, retry: { count: 1, baseDelay: 1s } }
  - { id: c, type: effect, ${BAD}, timeout: 1s, onTimeout: skip, allowFailure: true }
  - { id: d, type: effect, needs: b }
  - { id: e, type: wait, event: never, timeout: 1s, onTimeout: skip, allowFailure: true }
  - { id: f, type: effect, fail: true, retry: { count: 9, baseDelay: 10s }, totalTimeout: 5s, onTimeout: skip, allowFailure: true }
`);
    expect(result.status).toBe('success');
    expect(statuses(result)).toEqual({
      a: 'skipped',
      b: 'skipped',
      c: 'success',
      d: 'skipped',
      e: 'skipped',
      f: 'skipped',
    });
    expect(result.steps.a?.skipReason).toBe('timed out: took longer than 1000 ms (onTimeout: skip)');
    expect(result.steps.b?.attempts).toBe(2);
    expect(result.steps.c?.outcome).toBe('failed');
    expect(result.steps.d?.skipReason).toBe('need b skipped');
  });

  test('a failure in finally alone fails the run; without a failure the errors block is not touched', async () => {
    const { result } = await runToEnd(`
name: t
steps: [{ id: a, type: effect }]
errors: [{ id: never, type: effect }]
finally: [{ id: clean, type: effect, ${BAD} }]
`);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'BROKEN', stepId: 'clean' } });
    expect(statuses(result)).toEqual({ a: 'success', 'finally/clean': 'failed' });
  });
});

describe('compensate', () => {
  const source = `
name: t
compensate: { id: whole, type: effect }
steps:
  - { id: a, type: effect, value: 1, compensate: { id: u, type: effect, value: "\${{ steps.a.output }}" } }
  - { id: slow, type: effect, ms: 500, needs: a, compensate: { id: u, type: effect } }
  - { id: quick, type: effect, ms: 100, needs: a, compensate: { id: u, type: effect, ${BAD} } }
  - { id: skipped, type: effect, if: "false", compensate: { id: u, type: effect } }
  - { id: end, type: effect, needs: [slow, quick], fail: "\${{ inputs.broken }}", retryable: false, compensate: { id: u, type: effect } }
inputs: { broken: { type: boolean } }
finally: [{ id: f, type: effect }]
`;
  test('undoes what was begun, last completed first, the whole workflow at last, and goes on after a failed undo', async () => {
    const { result, world } = await runToEnd(source, { request: { inputs: { broken: true } } });
    expect(world.effects.begun.slice(4)).toEqual([
      'compensate/end',
      'compensate/slow',
      'compensate/quick',
      'compensate/a',
      'compensate/(workflow)',
      'finally/f',
    ]);
    expect(result.compensations?.map(({ step, status }) => `${step} ${status}`).sort()).toEqual([
      '(workflow) done',
      'a done',
      'end done',
      'quick failed',
      'slow done',
    ]);
    expect(result.error).toMatchObject({ code: 'BROKEN', stepId: 'end' });
    expect(result.error?.details).toMatchObject({ alsoFailed: [{ path: 'compensate/quick' }] });
    expect(result.steps['compensate/a']?.output).toBe(1);
  });

  test('undoes nothing when the run succeeds', async () => {
    const { result, world } = await runToEnd(source, { request: { inputs: { broken: false } } });
    expect(result.status).toBe('success');
    expect(world.effects.begun.filter((path) => path.startsWith('compensate'))).toEqual([]);
    expect(result.compensations).toBeUndefined();
  });

  test('a canceled run stays canceled when an undo fails', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      `
name: t
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect, ${BAD}, code: UNDO } }
  - { id: b, type: effect, hang: true, needs: a, compensate: { id: u, type: effect } }
`,
    );
    await settled();
    run.cancel('no longer wanted');
    const result = await finish(world, run);
    expect(result).toMatchObject({
      status: 'canceled',
      error: { code: 'CANCELED', message: 'no longer wanted', details: { alsoFailed: [{ code: 'UNDO' }] } },
    });
    expect(world.effects.begun).toEqual(['a', 'b', 'compensate/b', 'compensate/a']);
    expect(result.steps.b).toMatchObject({ status: 'canceled', skipReason: 'no longer wanted' });
  });
});
