import { getShortestPaths, toDirectedGraph } from '@xstate/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import {
  type EmittedBody,
  MAX_REGIONS,
  type SettledStatus,
  type StateNodeJson,
} from '../../../compiler/emit/emitted.ts';
import { emitBlock } from '../../../compiler/emit/index.ts';
import type { StepPlan } from '../../../compiler/plan.ts';
import { isSoftJoin } from '../../../compiler/shape/soft-join.ts';
import { cpuMs } from '../../cpu-time.ts';
import { anyBlock, joinOf, planOf, stepOf, steps, stepsOf } from '../shape/plan-of.ts';
import { EmittedRun } from './run-emitted.ts';

const STATUSES: readonly SettledStatus[] = ['success', 'failed', 'skipped', 'canceled'];

describe('an emitted body', () => {
  it('runs every step of any block exactly once, after its needs, and completes', () => {
    fc.assert(
      fc.property(anyBlock(40), fc.infiniteStream(fc.nat({ max: 1_000_000 })), (block, choices) => {
        const run = runChecked(
          block,
          emitBlock(planOf(block), 'steps'),
          () => choices.next().value as number,
        );
        expect([...run.began].sort()).toEqual(block.map((step) => step.id).sort());
        expect(run.done).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  it('never has more than 16 concurrent regions in one machine', () => {
    fc.assert(
      fc.property(anyBlock(120), (block) => {
        for (const body of bodiesOf(emitBlock(planOf(block), 'steps'))) {
          expect(regionsOf(body.machine)).toBeLessThanOrEqual(MAX_REGIONS);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('describes and tags every state, and names the step and its place in the source on every leaf', () => {
    fc.assert(
      fc.property(anyBlock(60), (block) => {
        const leaves = new Map<string, unknown>();
        for (const body of bodiesOf(emitBlock(planOf(block), 'steps'))) {
          for (const node of statesOf(body.machine)) {
            expect(node.description, JSON.stringify(node)).toBeTruthy();
            expect(node.tags?.length).toBeGreaterThan(0);
            const step = node.meta?.step as { id: string } | undefined;
            if (step) leaves.set(step.id, step);
          }
          for (const fleet of body.fleets)
            for (const { key, body } of fleet.members) if (!body) leaves.set(key, undefined);
        }
        expect([...leaves.keys()].sort()).toEqual(block.map((step) => step.id).sort());
        for (const [id, step] of leaves)
          if (step) expect(step).toEqual({ id, kind: kindIn(block, id), span: { start: 0, end: id.length } });
      }),
      { numRuns: 40 },
    );
  });

  it('is plain JSON', () => {
    fc.assert(
      fc.property(anyBlock(40), (block) => {
        const body = emitBlock(planOf(block), 'steps');
        expect(JSON.parse(JSON.stringify(body))).toEqual(body);
      }),
      { numRuns: 30 },
    );
  });

  it('completes at once when the block has no steps', () => {
    expect(new EmittedRun(emitBlock(planOf([]), 'finally'), []).done).toBe(true);
  });

  it('puts the steps of errors and finally under the path of their block, with bare ids as states', () => {
    const body = emitBlock(planOf([stepOf('notify'), stepOf('page', ['notify'])], 'finally'), 'finally');
    expect(body.machine.id).toBe('release.finally');
    const leaf = body.machine.states!.working!.states!.page!;
    expect(leaf.states!.active!.invoke).toMatchObject({
      id: 'page',
      src: 'step',
      input: { path: 'finally/page' },
    });
  });

  it('waits in a prime block for the ledger paths of the other lanes', () => {
    const n = [stepOf('a'), stepOf('b'), stepOf('c', ['a']), stepOf('d', ['a', 'b'])];
    const fork = emitBlock(planOf(n, 'errors'), 'errors').machine.states!.working!.states!['fork-1']!;
    expect(fork.type).toBe('parallel');
    const waits = statesOf(fork).flatMap((node) =>
      node.states?.waiting ? [node.states.waiting.always] : [],
    );
    expect(waits).toEqual([{ guard: { type: 'settled', params: { ids: ['errors/a'] } }, target: 'active' }]);
  });

  it('ends each leaf in the state of its status and a crashed step actor in failed', () => {
    const { states } = emitBlock(planOf([stepOf('a')]), 'steps').machine.states!.working!.states!.a!;
    expect(Object.keys(states!)).toEqual(['active', 'success', 'skipped', 'canceled', 'failed']);
    expect(states!.active!.invoke!.onError).toEqual({ target: 'failed' });
    expect(states!.active!.invoke!.onDone).toEqual([
      { guard: { type: 'settledAs', params: { status: 'success' } }, target: 'success' },
      { guard: { type: 'settledAs', params: { status: 'skipped' } }, target: 'skipped' },
      { guard: { type: 'settledAs', params: { status: 'canceled' } }, target: 'canceled' },
      { target: 'failed' },
    ]);
  });

  it('opens in XState as it is and every state of small bodies can be reached by events', () => {
    const block = [
      stepOf('a'),
      stepOf('b', ['a']),
      stepOf('c', ['a']),
      joinOf('j', ['b', 'c'], { condition: { type: 'any' } }),
      stepOf('d', ['b', 'c']),
    ];
    const body = emitBlock(planOf(block), 'steps');
    const machine = createMachine(body.machine as Parameters<typeof createMachine>[0]).provide({
      actors: { step: createMachine({}) },
      guards: { settledAs: () => true, joinMet: () => true, settled: () => true, joinTimer: () => true },
      actions: { armJoin: () => {} },
    } as never);
    expect(toDirectedGraph(machine).children.length).toBe(2);
    const events = block.map(({ id }) => ({
      type: `xstate.done.actor.${id}`,
      output: { status: 'success' },
    }));
    const paths = getShortestPaths(machine as never, { events: events as never, limit: 2000 });
    expect(paths.map(({ state }) => (state as { status: string }).status)).toContain('done');
  });
});

describe('a wide block', () => {
  it('becomes a fleet of its steps beyond 16 regions', () => {
    expect(emitBlock(planOf(steps(16, () => [])), 'steps').fleets).toEqual([]);
    const body = emitBlock(planOf(steps(17, () => [])), 'steps');
    expect(body.fleets).toHaveLength(1);
    expect(body.fleets[0]!.name).toBe('fleet-1');
    expect(body.fleets[0]!.members).toEqual(
      Array.from({ length: 17 }, (_, i) => ({ key: `s${i}`, needs: [] })),
    );
    expect(body.machine.states!.working!.states!['block-1']!.states!.active!.invoke).toMatchObject({
      src: 'fleet-1',
      id: 'fleet-1',
    });
  });

  it('keeps chains in it as bodies of their own', () => {
    const body = emitBlock(planOf(steps(40, (i) => (i < 20 ? [] : [i - 20]))), 'steps');
    const members = body.fleets[0]!.members;
    expect(members).toHaveLength(20);
    expect(Object.keys(members[0]!.body!.machine.states!.working!.states!)).toEqual([
      's0',
      's20',
      'all-done',
    ]);
    expect(Object.keys(members[0]!.body!.machine.states!)).toEqual(['working', 'done']);
  });

  it('keeps the needs between the members of a prime block', () => {
    const body = emitBlock(
      planOf(steps(60, (i) => (i < 20 ? [] : [i - 20, i - 20 - (i % 20) + ((i + 7) % 20)]))),
      'steps',
    );
    const members = new Map(body.fleets[0]!.members.map(({ key, needs }) => [key, needs]));
    expect(members.get('s25')).toEqual(['s5', 's12']);
  });

  it('runs a soft join in it as a small machine that watches the ledger', () => {
    const block = [...steps(20, () => []), joinOf('j', ['s0', 's1'], { condition: { type: 'any' } })];
    const body = emitBlock(planOf(block), 'steps');
    const join = body.fleets[0]!.members.find(({ key }) => key === 'j')!;
    expect(join.body!.watchesLedger).toBe(true);
    expect(body.watchesLedger).toBe(false);
  });

  it('nests at most one fleet for every 16 levels of nested forks', () => {
    const body = emitBlock(planOf(nested(100)), 'steps');
    expect(depthOf(body)).toBeLessThanOrEqual(7);
  });
});

describe('a long sequence', () => {
  const chain = (count: number): StepPlan[] => steps(count, (i) => (i === 0 ? [] : [i - 1]));
  const statesOfBody = (body: EmittedBody): string[] => Object.keys(body.machine.states!.working!.states!);

  it('is one machine up to 200 steps, then goes through segments of 100', () => {
    expect(emitBlock(planOf(chain(200)), 'steps').segments).toEqual([]);
    const body = emitBlock(planOf(chain(201), 'finally'), 'finally');
    expect(statesOfBody(body)).toEqual(['segment-1', 'segment-2', 's200', 'all-done']);
    const { 'segment-1': first, 'segment-2': second } = body.machine.states!.working!.states!;
    expect(first!.states!.active!.invoke).toEqual({
      src: 'segment-1',
      id: 'segment-1',
      onDone: { target: 'done' },
    });
    expect([first!.onDone, second!.onDone]).toEqual([{ target: 'segment-2' }, { target: 's200' }]);
    expect(body.segments.map(({ name }) => name)).toEqual(['segment-1', 'segment-2']);
    const segment = body.segments[1]!.body;
    expect(segment.machine.id).toBe('release.finally.segment-2');
    expect(statesOfBody(segment)).toEqual([
      ...Array.from({ length: 100 }, (_, i) => `s${i + 100}`),
      'all-done',
    ]);
    expect(segment.machine.states!.working!.states!.s150!.states!.active!.invoke!.input).toEqual({
      path: 'finally/s150',
    });
  });

  it('is cut in the region of a fork and in the branch of a fleet alike', () => {
    const lanes = (width: number): StepPlan[] => steps(width * 210, (i) => (i < width ? [] : [i - width]));
    expect(emitBlock(planOf(lanes(2)), 'steps').segments.map(({ name }) => name)).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `segment-${n}`),
    );
    const fleet = emitBlock(planOf(lanes(17)), 'steps').fleets[0]!;
    expect(fleet.members.map(({ body }) => body!.segments.length)).toEqual(Array(17).fill(3));
  });

  it('counts the steps of its forks', () => {
    const block = steps(240, (i) => (i < 4 ? [] : [0, 1, 2, 3].map((k) => i - (i % 4) - 4 + k)));
    const { segments } = emitBlock(planOf(block), 'steps');
    expect(segments.map(({ body }) => statesOfBody(body).length - 1)).toEqual([25, 25, 10]);
  });

  it('waits in front of its first segment for the steps of other lanes', () => {
    const block = stepsOf({ a: [], b: ['a'], x: [], y0: ['a', 'x'], y1: ['y0'], y2: ['y1'], y3: ['y2'] });
    expect(emitBlock(planOf(block), 'steps', { segmentSteps: 2 }).segments).toEqual([]);
    const longer = [...block, ...stepsOf({ y4: ['y3'], y5: ['y4'] })];
    const lane = statesOf(emitBlock(planOf(longer), 'steps', { segmentSteps: 2 }).machine).find(
      (node) => node.states?.['gate-segment-1'] !== undefined,
    );
    expect(lane!.states!['gate-segment-1']!.always).toEqual({
      guard: { type: 'settled', params: { ids: ['a'] } },
      target: 'segment-1',
    });
  });

  it('runs every step of any block exactly once and after its needs, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyBlock(40), longBlock()),
        fc.integer({ min: 2, max: 5 }),
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        (block, segmentSteps, choices) => {
          const body = emitBlock(planOf(block), 'steps', { segmentSteps });
          const run = runChecked(block, body, () => choices.next().value as number);
          expect([...run.began].sort()).toEqual(block.map((step) => step.id).sort());
          expect(run.done).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a large block', () => {
  const build = (block: StepPlan[]): number => cpuMs(() => void emitBlock(planOf(block), 'steps'));

  it('of 10,000 steps in a chain is a sequence of a hundred segments', () => {
    const body = emitBlock(planOf(steps(10_000, (i) => (i === 0 ? [] : [i - 1]))), 'steps');
    expect(Object.keys(body.machine.states!.working!.states!)).toHaveLength(101);
    expect(body.segments.map((segment) => statesOf(segment.body.machine).length)).toEqual(
      Array(100).fill(100 * 6 + 4),
    );
  });

  it('of 1,000 steps is emitted well within a second, whatever its shape', () => {
    const shapes: Record<string, (i: number) => number[]> = {
      fan: () => [],
      chain: (i) => (i === 0 ? [] : [i - 1]),
      grid: (i) => [...(i % 10 ? [i - 1] : []), ...(i >= 10 ? [i - 10] : [])],
      layers: (i) => (i < 100 ? [] : Array.from({ length: 100 }, (_, k) => i - (i % 100) - 100 + k)),
      dense: (i) => Array.from({ length: Math.min(i, 200) }, (_, k) => (i * 7919 + k * 104_729) % i),
    };
    for (const [name, needsOf] of Object.entries(shapes))
      expect(build(steps(1000, needsOf)), name).toBeLessThan(1000);
    expect(build(nested(333)), 'nested').toBeLessThan(1000);
  });
});

/** Settles running steps in a random order, with random statuses, and checks the order constraints as steps begin. */
function runChecked(block: readonly StepPlan[], body: EmittedBody, choose: () => number): EmittedRun {
  const byId = new Map(block.map((step) => [step.id, step]));
  const began: string[] = [];
  const run: EmittedRun = new EmittedRun(body, block, (path) => began.push(path));
  const check = (): void => {
    for (const path of began.splice(0)) {
      const step = byId.get(path)!;
      if (isSoftJoin(step)) expect(run.joinMet(path), `${path} began before its condition held`).toBe(true);
      else
        for (const need of step.needs)
          expect(run.ledger.has(need), `${path} began before ${need} settled`).toBe(true);
    }
  };
  check();
  while (run.running.length > 0) {
    const { running } = run;
    run.settle(running[choose() % running.length]!, STATUSES[choose() % STATUSES.length]!);
    check();
  }
  return run;
}

function bodiesOf(body: EmittedBody): EmittedBody[] {
  return [
    body,
    ...body.fleets.flatMap(({ members }) =>
      members.flatMap((member) => (member.body ? bodiesOf(member.body) : [])),
    ),
    ...body.segments.flatMap((segment) => bodiesOf(segment.body)),
  ];
}

function depthOf(body: EmittedBody): number {
  const inner = body.fleets.flatMap(({ members }) =>
    members.flatMap((member) => (member.body ? [depthOf(member.body)] : [0])),
  );
  return inner.length === 0 ? 0 : 1 + Math.max(...inner);
}

function statesOf(node: StateNodeJson): StateNodeJson[] {
  return [node, ...Object.values(node.states ?? {}).flatMap(statesOf)];
}

function regionsOf(node: StateNodeJson): number {
  const inner = Object.values(node.states ?? {}).map(regionsOf);
  return node.type === 'parallel' ? inner.reduce((sum, width) => sum + width, 0) : Math.max(1, ...inner);
}

function kindIn(block: readonly StepPlan[], id: string): string {
  return block.find((step) => step.id === id)!.kind;
}

/** Sequences far longer than wide: a few lanes that now and then need something of one another, and soft joins at their heads. */
function longBlock(): fc.Arbitrary<StepPlan[]> {
  const step = fc.record({ crossing: fc.nat({ max: 9 }), soft: fc.nat({ max: 19 }) });
  return fc
    .record({ lanes: fc.integer({ min: 1, max: 3 }), rows: fc.array(step, { maxLength: 45 }) })
    .map(({ lanes, rows }) =>
      rows.map(({ crossing, soft }, i) => {
        const needs = [i - lanes, ...(crossing === 0 ? [i - 1] : [])].filter((need) => need >= 0);
        const ids = [...new Set(needs)].map((need) => `s${need}`);
        if (soft > 0 || ids.length === 0) return stepOf(`s${i}`, ids);
        return joinOf(`s${i}`, ids, { condition: { type: 'any' } });
      }),
    )
    .filter((block) => block.length > 0);
}

/** Forks within forks: open0 → (side0 ∥ open1 → (…) → close1) → close0. */
function nested(depth: number): StepPlan[] {
  const block: StepPlan[] = [];
  for (let i = 0; i < depth; i++) {
    block.push(stepOf(`open${i}`, i === 0 ? [] : [`open${i - 1}`]), stepOf(`side${i}`, [`open${i}`]));
    block.push(stepOf(`close${i}`, [`side${i}`, i === depth - 1 ? `open${i}` : `close${i + 1}`]));
  }
  return block;
}
