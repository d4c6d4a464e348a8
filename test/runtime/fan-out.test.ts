import { describe, expect, test } from 'vitest';
import { runToEnd, statuses } from './test-project.ts';

describe('foreach', () => {
  test('outputs come in the order of the items, whoever ends first, and the window slides', async () => {
    const { result, world } = await runToEnd(`
name: t
outputs: { all: "\${{ steps.e.output }}", third: "\${{ steps.e.items[2].output }}", reread: "\${{ steps.last.output }}" }
steps:
  - { id: e, type: effect, foreach: "[5, 1, 4, 2, 3]", concurrency: 2, ms: "\${{ item * 100 }}", value: "\${{ item * 10 + index }}" }
  - { id: last, type: effect, value: "\${{ steps.e.output|sum }}" }
`);
    expect(result.outputs).toEqual({ all: [50, 11, 42, 23, 34], third: 42, reread: 160 });
    expect(world.effects.mostRunning).toBe(2);
    expect(world.effects.begun.slice(0, 4)).toEqual(['e[0]', 'e[1]', 'e[2]', 'e[3]']);
    // 5 ∥ (1, 4) ∥ then 2 and 3: a window, not batches of two.
    expect(result.durationMs).toBe(800);
    expect(result.steps.e?.items).toHaveLength(5);
  });

  test('an empty list succeeds with an empty output', async () => {
    const { result } = await runToEnd(
      'name: t\noutputs: { o: "${{ steps.e.output }}" }\nsteps:\n  - { id: e, type: effect, foreach: "[]" }\n',
    );
    expect(result).toMatchObject({ status: 'success', outputs: { o: [] } });
  });

  test('the first failure cancels the other items and begins no more', async () => {
    const { result, world } = await runToEnd(`
name: t
steps:
  - { id: e, type: effect, foreach: "[1, 2, 3, 4]", concurrency: 2, ms: "\${{ item * 100 }}", fail: "\${{ item == 1 }}", retryable: false }
`);
    expect(statuses(result)).toEqual({ e: 'failed', 'e[0]': 'failed', 'e[1]': 'canceled' });
    expect(result.steps.e?.items?.[1]?.skipReason).toBe('e[0] failed (failFast)');
    expect(result.error).toMatchObject({ code: 'ITEMS_FAILED', stepId: 'e' });
    expect(world.effects.begun).toEqual(['e[0]', 'e[1]']);
  });

  test('failFast: false lets all end and says how many failed', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: e, type: effect, foreach: "[1, 2, 3]", failFast: false, fail: "\${{ item != 2 }}", retryable: false }
`);
    expect(statuses(result)).toEqual({ e: 'failed', 'e[0]': 'failed', 'e[1]': 'success', 'e[2]': 'failed' });
    expect(result.error?.message).toContain('2 of 3 items failed');
  });

  test('with allowFailure the outcome still tells that items failed', async () => {
    const { result } = await runToEnd(`
name: t
outputs: { outcome: "\${{ steps.e.outcome }}", list: "\${{ steps.e.output }}" }
steps:
  - { id: e, type: effect, foreach: "[1, 2]", allowFailure: true, fail: "\${{ item == 1 }}", retryable: false, value: "\${{ item }}" }
`);
    expect(result).toMatchObject({ status: 'success', outputs: { outcome: 'failed', list: [null, 2] } });
  });

  test('an if that speaks of the item is asked for each, any other once', async () => {
    const { result, world } = await runToEnd(`
name: t
steps:
  - { id: some, type: effect, foreach: "[1, 2, 3]", if: "item > 1" }
  - { id: none, type: effect, foreach: "[1, 2]", if: "1 > 2" }
`);
    expect(statuses(result)).toEqual({
      some: 'success',
      'some[0]': 'skipped',
      'some[1]': 'success',
      'some[2]': 'success',
      none: 'skipped',
    });
    expect(world.effects.begun).toEqual(['some[1]', 'some[2]']);
  });

  test('items retry, sleep and time out by themselves', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: tries, type: effect, foreach: "[0, 2]", fail: "\${{ item }}", retry: { count: 2, baseDelay: 1s } }
  - { id: naps, type: sleep, foreach: "[1, 2]", duration: "\${{ item }}h" }
  - { id: late, type: effect, foreach: "[10, 5000]", ms: "\${{ item }}", timeout: 1s, onTimeout: skip }
`);
    expect(result.steps.tries?.items?.map(({ attempts }) => attempts)).toEqual([1, 3]);
    expect(result.durationMs).toBe(2 * 3_600_000);
    expect(result.steps.late?.items?.map(({ status }) => status)).toEqual(['success', 'skipped']);
  });

  test('something that is no list fails the step and shows what it was', async () => {
    const { result } = await runToEnd('name: t\nsteps:\n  - { id: e, type: effect, foreach: "{a: 1}" }\n');
    expect(result.error).toMatchObject({ code: 'FOREACH_NOT_ARRAY', stepId: 'e' });
    expect(result.error?.message).toContain('{"a":1}');
  });
});

describe('matrix', () => {
  test('combinations with include and exclude, each with its item', async () => {
    const { result } = await runToEnd(`
name: t
outputs: { all: "\${{ steps.m.output }}" }
steps:
  - id: m
    type: effect
    strategy: { matrix: { os: [a, b], n: [1, 2], exclude: [{ os: b, n: 1 }], include: [{ os: c, n: 9 }] } }
    value: "\${{ item.os }}\${{ item.n }}"
`);
    expect(result.outputs).toEqual({ all: ['a1', 'a2', 'b2', 'c9'] });
  });

  test('axes may be expressions', async () => {
    const { result } = await runToEnd(`
name: t
outputs: { all: "\${{ steps.m.output }}" }
steps:
  - { id: list, type: effect, value: [x, y] }
  - { id: m, type: effect, strategy: { matrix: { k: "\${{ steps.list.output }}" } }, value: "\${{ item.k }}" }
`);
    expect(result.outputs).toEqual({ all: ['x', 'y'] });
  });
});

test('blocks too wide for regions run as fleets, needs and window included', async () => {
  const wide = Array.from(
    { length: 120 },
    (_, i) => `  - { id: s${i}, type: effect${i >= 40 ? `, needs: [s${i - 40}, s${i - 39}]` : ''} }`,
  );
  const { result, world } = await runToEnd(`name: t\nsteps:\n${wide.join('\n')}\n`);
  expect(result.status).toBe('success');
  expect(world.effects.begun).toHaveLength(120);
  const place = new Map(world.effects.begun.map((path, index) => [path, index]));
  for (let i = 40; i < 120; i++) {
    expect(place.get(`s${i - 40}`)).toBeLessThan(place.get(`s${i}`) ?? 0);
    expect(place.get(`s${i - 39}`)).toBeLessThan(place.get(`s${i}`) ?? 0);
  }
});
