import { describe, expect, test } from 'vitest';
import { begin, finish, newWorld, openWorld, runToEnd, statuses } from './test-project.ts';

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

  test('how many run at once may be an expression, which has to give a whole number', async () => {
    const source = (concurrency: string) => `
name: t
inputs: { n: { type: number, default: 2 }, text: { type: string, default: "3" }, none: { type: object, default: { a: null } } }
steps:
  - { id: e, type: effect, foreach: "[1, 2, 3, 4]", concurrency: "${concurrency}", ms: 10 }
`;
    const two = await runToEnd(source('${{ inputs.n }}'));
    expect(two.result.status).toBe('success');
    expect(two.world.effects.mostRunning).toBe(2);
    for (const [expression, message] of [
      ['${{ inputs.n - 2 }}', '"concurrency" gave 0; it must give a whole number from 1'],
      ['${{ inputs.n / 4 }}', '"concurrency" gave 0.5; it must give a whole number from 1'],
      ['${{ inputs.text }}', '"concurrency" gave "3"; it must give a whole number from 1'],
    ] as const) {
      const { result, world } = await runToEnd(source(expression));
      expect(result.error).toMatchObject({
        code: 'CONCURRENCY',
        message,
        stepId: 'e',
        details: { line: 5, column: 66 },
      });
      expect(world.effects.begun).toEqual([]);
    }
    const { result } = await runToEnd(source('${{ inputs.none.a.b }}'));
    expect(result.error).toMatchObject({ code: 'EXPRESSION', stepId: 'e' });
  });

  test('items may be lists', async () => {
    const { result } = await runToEnd(`
name: t
outputs: { all: "\${{ steps.e.output }}" }
steps:
  - { id: e, type: effect, foreach: "[[1, 2], [], [3, [4]]]", value: "\${{ [index, item] }}" }
`);
    expect(result.outputs).toEqual({
      all: [
        [0, [1, 2]],
        [1, []],
        [2, [3, [4]]],
      ],
    });
  });

  test('each item has its own key, its own slot, its own transform, its own limits', async () => {
    const { result, world } = await runToEnd(`
name: t
pools: { one: 1 }
outputs: { keyed: "\${{ steps.keyed.output }}", total: "\${{ steps.total.items|map('status') }}" }
steps:
  - { id: keyed, type: effect, foreach: "['a', 'b', 'a']", concurrency: 1, idempotencyKey: "'k' + item", value: "\${{ item }}", transform: "output + '!'", outputSchema: { maxLength: 2 } }
  - { id: pooled, type: effect, needs: keyed, foreach: "[1, 2, 3]", pool: one, ms: 100 }
  - { id: total, type: effect, needs: pooled, foreach: "[1, 2]", fail: true, retry: { count: 9, baseDelay: 10s, jitter: false, backoff: fixed }, totalTimeout: 15s, onTimeout: skip, failFast: false }
`);
    expect(result.outputs).toEqual({ keyed: ['a!', 'b!', 'a!'], total: ['skipped', 'skipped'] });
    expect(world.effects.begun.filter((path) => path.startsWith('keyed'))).toEqual(['keyed[0]', 'keyed[1]']);
    expect(result.durationMs).toBe(300 + 15_000);
    expect(result.steps.total?.items?.map(({ attempts }) => attempts)).toEqual([2, 2]);
  });

  test('an item whose output does not fit fails like any other', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: e, type: effect, foreach: "[1, 2]", failFast: false, value: "\${{ item }}", outputSchema: { maximum: 1 } }
`);
    expect(statuses(result)).toEqual({ e: 'failed', 'e[0]': 'success', 'e[1]': 'failed' });
    expect(result.steps.e?.items?.[1]?.error?.code).toBe('OUTPUT_SCHEMA');
  });

  test('time in the queue does not count for timeout, but for totalTimeout', async () => {
    const { result } = await runToEnd(`
name: t
concurrency: 1
steps:
  - { id: queued, type: effect, foreach: "[1, 2, 3]", ms: 900, timeout: 1s }
  - { id: late, type: effect, needs: queued, foreach: "[1, 2, 3]", ms: 900, totalTimeout: 2s, failFast: false }
`);
    expect(result.steps.queued?.items?.map(({ status }) => status)).toEqual([
      'success',
      'success',
      'success',
    ]);
    expect(result.steps.late?.items?.map(({ error }) => error?.code)).toEqual([
      undefined,
      undefined,
      'TOTAL_TIMEOUT',
    ]);
  });

  test('something that is no list fails the step and shows what it was', async () => {
    const { result } = await runToEnd('name: t\nsteps:\n  - { id: e, type: effect, foreach: "{a: 1}" }\n');
    expect(result.error).toMatchObject({ code: 'FOREACH_NOT_ARRAY', stepId: 'e' });
    expect(result.error?.message).toContain('{"a":1}');
  });
});

describe('what has not begun when the first item fails', () => {
  test('is canceled for expressions too, and counted', async () => {
    const { result } = await runToEnd(`
name: t
on_failure: continue
steps:
  - { id: e, type: effect, foreach: "[1, 2, 3, 4]", concurrency: 2, ms: "\${{ item * 100 }}", fail: "\${{ item == 1 }}", retryable: false }
  - { id: see, type: effect, needs: e, if: always(), value: "\${{ steps.e.items|map('status') }}" }
  - { id: why, type: effect, needs: e, if: always(), value: "\${{ steps.e.items[3].skipReason }}" }
`);
    expect(result.steps.see?.output).toEqual(['failed', 'canceled', 'canceled', 'canceled']);
    expect(result.steps.why?.output).toBe('e[0] failed (failFast)');
    expect(result.steps.e).toMatchObject({ total: 4, items: [{ status: 'failed' }, { status: 'canceled' }] });
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

  test('include adds to a combination without changing its axes, also where a map agrees in part', async () => {
    const { result } = await runToEnd(`
name: t
outputs: { all: "\${{ steps.m.output }}" }
steps:
  - id: m
    type: effect
    strategy: { matrix: { os: [{ name: a, v: 1 }, { name: b, v: 2 }], include: [{ os: { name: a }, extra: 1 }] } }
    value: "\${{ item }}"
`);
    expect(result.outputs).toEqual({
      all: [{ os: { name: 'a', v: 1 }, extra: 1 }, { os: { name: 'b', v: 2 } }],
    });
  });

  test('include and exclude may be expressions', async () => {
    const source = (include: string) => `
name: t
inputs: { more: { type: array, default: [{ k: z }] }, not: { type: string, default: y }, nothing: { type: array, default: [] } }
outputs: { all: "\${{ steps.m.output|map('k') }}" }
steps:
  - { id: m, type: effect, strategy: { matrix: { k: [x, y], include: "${include}", exclude: [{ k: "\${{ inputs.not }}" }] } }, value: "\${{ item }}" }
  - { id: empty, type: effect, strategy: { matrix: { k: "\${{ inputs.nothing }}", n: [1] } }, value: 1 }
`;
    const { result } = await runToEnd(source('${{ inputs.more }}'));
    expect(result).toMatchObject({ status: 'success', outputs: { all: ['x', 'z'] } });
    // A matrix without combinations is a list without items.
    expect(result.steps.empty).toMatchObject({ status: 'success', output: [], total: 0 });
    const wrong = await runToEnd(source('${{ inputs.not }}'));
    expect(wrong.result.error).toMatchObject({
      code: 'MATRIX',
      stepId: 'm',
      details: { line: 6, column: 38 },
    });
  });

  test('combinations are called by the values of their axes', async () => {
    const world = newWorld();
    const run = await begin(
      openWorld(world),
      `
name: t
steps:
  - id: m
    type: effect
    strategy: { matrix: { os: [linux, mac], n: [20, 22], include: [{ os: linux, extra: 1 }, { os: bsd, n: 9 }, { os: none }] } }
    fail: "\${{ item.os == 'mac' }}"
    retryable: false
    failFast: false
`,
    );
    const labels: unknown[] = [];
    run.subscribe((event) => event.labels && labels.push(event.labels));
    const result = await finish(world, run);
    const names = ['linux, 20', 'linux, 22', 'mac, 20', 'mac, 22', 'bsd, 9', 'none'];
    expect(labels).toEqual([names]);
    expect(result.steps.m?.items?.map(({ label }) => label)).toEqual(names);
    expect(result.error?.message).toBe(
      '2 of 6 items failed; first item 2 (mac, 20): attempt 1 of m[2] broke',
    );
  });

  test('or by a name of the step that speaks of the item', async () => {
    const { result } = await runToEnd(`
name: t
steps:
  - { id: e, name: "Is \${{ item.n }} even?", type: effect, foreach: [{ n: 1 }, { n: "\${{ 1 + 1 }}" }, 3] }
`);
    expect(result.steps.e?.items?.map(({ label }) => label)).toEqual(['Is 1 even?', 'Is 2 even?', '']);
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
