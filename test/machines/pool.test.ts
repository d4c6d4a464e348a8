/** Slots: never more than there are, every one given back, nobody overtaken for ever, runs served in turn. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { poolMachine, type SlotRequest } from '../../machines/index.ts';

class Pool {
  readonly granted: SlotRequest[] = [];
  readonly actor;

  constructor(limits: Record<string, number>) {
    this.actor = createActor(
      poolMachine.provide({
        actions: {
          grant: (_, { request }) => void this.granted.push(request),
          grantWaiting: (_, { grantNext }) => {
            for (let next = grantNext(); next !== undefined; next = grantNext()) this.granted.push(next);
          },
        },
      }),
      { input: { limits } },
    ).start();
  }

  ask(id: string, more: Partial<SlotRequest> = {}): void {
    this.actor.send({
      type: 'slot.request',
      request: { id, runId: 'r', resources: ['process'], priority: 0, ...more },
    });
  }
  release(id: string): void {
    this.actor.send({ type: 'slot.release', id });
  }
  withdraw(id: string): void {
    this.actor.send({ type: 'slot.release', id });
  }
  get context() {
    return this.actor.getSnapshot().context;
  }
  get order(): string[] {
    return this.granted.map(({ id }) => id);
  }
}

test('a queue that is never empty serves in order, whoever withdraws', () => {
  const pool = new Pool({ process: 1 });
  const waiting: string[] = [];
  const expected: string[] = [];
  for (let next = 0; next < 2000; next++) {
    pool.ask(String(next));
    waiting.push(String(next));
    if (next % 3 === 0 && waiting.length > 5) pool.withdraw(waiting.splice(3, 1)[0] ?? '');
    if (waiting.length < 40) continue;
    expected.push(waiting.shift() ?? '');
    pool.release(expected.at(-1) ?? '');
  }
  expect(pool.order.slice(0, expected.length)).toEqual(expected);
  expect(pool.context.waiting.size).toBe(waiting.length - 1);
});

const LIMITS = { process: 3, 'pool:a': 1, 'pool:b': 2 };
const RESOURCES = [
  ['process'],
  ['process', 'pool:a'],
  ['process', 'pool:b'],
  ['process', 'pool:a', 'pool:b'],
  ['unlimited'],
];

test('any order of asking, releasing and withdrawing keeps every limit and loses no slot and no request', () => {
  const action = fc.record({
    what: fc.constantFrom('ask', 'ask', 'release', 'withdraw', 'limit'),
    pick: fc.nat(99),
    run: fc.nat(2),
    priority: fc.integer({ min: -2, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const pool = new Pool(LIMITS);
      const asked = new Map<string, SlotRequest>();
      const over = new Set<string>();
      let limits: Record<string, number> = { ...LIMITS };
      actions.forEach(({ what, pick, run, priority }, index) => {
        const ids = [...asked.keys()].filter((id) => !over.has(id));
        const id = ids[pick % Math.max(1, ids.length)];
        if (what === 'ask') {
          const request = {
            id: `q${index}`,
            runId: `r${run}`,
            resources: RESOURCES[pick % RESOURCES.length] ?? [],
            priority,
          };
          asked.set(request.id, request);
          pool.ask(request.id, request);
        } else if (what === 'limit') {
          const limit = 1 + (pick % 4);
          limits = { ...limits, process: limit };
          pool.actor.send({ type: 'limit.set', resource: 'process', limit });
        } else if (id !== undefined && (what === 'withdraw' || pool.context.held.has(id))) {
          over.add(id);
          if (what === 'release') pool.release(id);
          else pool.withdraw(id);
        }
        const { held, used, waiting } = pool.context;
        const counted: Record<string, number> = {};
        for (const request of held.values())
          for (const name of request.resources) counted[name] = (counted[name] ?? 0) + 1;
        expect(used).toEqual(counted);
        expect(held.size + waiting.size).toBe(asked.size - over.size);
        if (!actions.some((each) => each.what === 'limit'))
          for (const [name, limit] of Object.entries(limits))
            expect(used[name] ?? 0).toBeLessThanOrEqual(limit);
      });
      // Everybody who still wants one gets one, once.
      for (let left = 1000; left > 0 && pool.context.held.size > 0; left--) {
        const [first] = pool.context.held.keys();
        if (first !== undefined) pool.release(first);
      }
      expect(pool.context.used).toEqual({});
      expect(pool.context.waiting.size).toBe(0);
      expect(new Set(pool.order).size).toBe(pool.order.length);
      for (const id of asked.keys()) if (!over.has(id)) expect(pool.order).toContain(id);
    }),
    { numRuns: 300 },
  );
});

describe('who is next', () => {
  test('the higher priority, then the older', () => {
    const pool = new Pool({ process: 1 });
    pool.ask('holder');
    for (const [id, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', 0],
      ['d', 5],
      ['e', -1],
    ] as const)
      pool.ask(id, { priority });
    for (const id of ['holder', 'b', 'd', 'a', 'c']) pool.release(id);
    expect(pool.order).toEqual(['holder', 'b', 'd', 'a', 'c', 'e']);
  });

  test('runs take turns, however many requests one of them has', () => {
    const pool = new Pool({ process: 1 });
    pool.ask('x0', { runId: 'x' });
    for (let i = 1; i < 6; i++) pool.ask(`x${i}`, { runId: 'x' });
    for (let i = 0; i < 3; i++) pool.ask(`y${i}`, { runId: 'y' });
    for (let i = 0; i < 6; i++) pool.release(pool.order.at(-1) ?? '');
    expect(pool.order).toEqual(['x0', 'x1', 'y0', 'x2', 'y1', 'x3', 'y2']);
  });

  test('a low priority is not starved by a stream of higher ones', () => {
    const pool = new Pool({ process: 1 });
    pool.ask('holder', { priority: 3 });
    pool.ask('low', { priority: 0 });
    let served = 0;
    for (; served < 1000 && pool.order.at(-1) !== 'low'; served++) {
      pool.ask(`high${served}`, { priority: 3 });
      pool.release(pool.order.at(-1) ?? '');
    }
    expect(served).toBeGreaterThan(64);
    expect(served).toBeLessThanOrEqual(64 * 4);
  });

  test('whatever others ask for, a request waits for no more grants than its priority, its run and its place account for', () => {
    const RUNS = 3;
    const RANGE = 3;
    const asks = fc.record({ run: fc.nat(RUNS - 1), priority: fc.nat(RANGE) });
    fc.assert(
      fc.property(
        fc.array(asks, { minLength: 1, maxLength: 30 }),
        fc.array(asks, { minLength: 1, maxLength: 5 }),
        (first, stream) => {
          const pool = new Pool({ process: 1 });
          pool.ask('holder');
          const bounds = first.map(({ run, priority }, at) => {
            const before = first
              .slice(0, at)
              .filter((each) => each.run === run && each.priority === priority).length;
            pool.ask(`q${at}`, { runId: `r${run}`, priority });
            // A turn of its run and priority comes after at most so many grants to others, and there are `before` ahead of it.
            return (before + 1) * ((RANGE - priority) * 64 + (RUNS + 1) * (RANGE + 1));
          });
          const most = Math.max(...bounds);
          for (let grant = 0; grant < most && pool.context.waiting.size > 0; grant++) {
            const { run, priority } = stream[grant % stream.length] ?? { run: 0, priority: 0 };
            pool.ask(`s${grant}`, { runId: `r${run}`, priority });
            pool.release(pool.order.at(-1) ?? '');
          }
          const places = new Map(pool.order.map((id, at) => [id, at]));
          for (const [at, bound] of bounds.entries())
            expect([at, (places.get(`q${at}`) ?? Number.POSITIVE_INFINITY) <= bound]).toEqual([at, true]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a request that needs a full pool keeps nobody else waiting', () => {
    const pool = new Pool({ process: 3, 'pool:a': 1 });
    pool.ask('a1', { resources: ['process', 'pool:a'] });
    pool.ask('a2', { resources: ['process', 'pool:a'], priority: 9 });
    pool.ask('b');
    expect(pool.order).toEqual(['a1', 'b']);
    pool.release('a1');
    expect(pool.order).toEqual(['a1', 'b', 'a2']);
  });

  test('a withdrawn request is never granted; a raised limit is used at once', () => {
    const pool = new Pool({ process: 1 });
    for (const id of ['a', 'b', 'c', 'd']) pool.ask(id);
    pool.withdraw('b');
    pool.actor.send({ type: 'limit.set', resource: 'process', limit: 2 });
    expect(pool.order).toEqual(['a', 'c']);
    pool.actor.send({ type: 'limit.set', resource: 'process', limit: null });
    expect(pool.order).toEqual(['a', 'c', 'd']);
  });
});

test.each([
  ['one run', () => 'r'],
  ['as many runs', (i: number) => `r${i}`],
])('among 10,000 requests of %s the next is found without looking at all of them', (_, runOf) => {
  const looksAt = (size: number): number => {
    let looks = 0;
    const resources = new Proxy(['pool:a'], {
      get(target, name) {
        if (name === 'find') looks++; // asked of each request that is considered
        return Reflect.get(target, name);
      },
    });
    const pool = new Pool({ 'pool:a': 1 });
    for (let i = 0; i < size; i++) pool.ask(`q${i}`, { runId: runOf(i), priority: i % 3, resources });
    expect(pool.context.waiting.size).toBe(size - 1);
    looks = 0;
    for (let i = 0; i < 100; i++) pool.release(pool.order.at(-1) ?? '');
    expect(pool.granted).toHaveLength(101);
    return looks;
  };
  const looks = looksAt(10_000);
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBe(looksAt(200));
});
