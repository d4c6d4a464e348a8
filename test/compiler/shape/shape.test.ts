import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepPlan } from '../../../compiler/plan.ts';
import { dagOf } from '../../../compiler/shape/dag.ts';
import { edgesOf } from '../../../compiler/shape/edges.ts';
import { reduceNeeds } from '../../../compiler/shape/reduce.ts';
import { preOrder, type ShapeTree, shapeOf } from '../../../compiler/shape/tree.ts';
import { cpuMs } from '../../cpu-time.ts';
import { anyBlock, joinOf, stepOf, steps, stepsOf } from './plan-of.ts';

/** Readable trees: `a > (b | c) > d`; of prime blocks each lane with what its parts wait for. */
function drawn(tree: ShapeTree): string {
  switch (tree.kind) {
    case 'leaf':
      return tree.step.id;
    case 'sequence':
      return tree.children.map((child) => drawn(child)).join(' > ');
    case 'parallel':
      return `(${tree.children.map(drawn).join(' | ')})`;
    case 'prime':
      return `{${tree.lanes.map((lane) => lane.map((part) => drawnPart(tree, part)).join(' > ')).join(' | ')}}`;
  }
}

function drawnPart(prime: Extract<ShapeTree, { kind: 'prime' }>, part: ShapeTree): string {
  const needs = prime.needs.get(part)!.map(drawn);
  return needs.length === 0 ? drawn(part) : `${drawn(part)}←${needs.join('+')}`;
}

const shapeText = (needs: Record<string, readonly string[]>): string => drawn(shapeOf(stepsOf(needs))!);

describe('the shape of a block', () => {
  it('is a sequence for a chain and a fork for steps without needs', () => {
    expect(shapeText({ a: [], b: ['a'], c: ['b'] })).toBe('a > b > c');
    expect(shapeText({ a: [], b: [], c: [] })).toBe('(a | b | c)');
  });

  it('forks and joins around what begins and ends together', () => {
    expect(
      shapeText({ checkout: [], lint: ['checkout'], test: ['checkout'], deploy: ['lint', 'test'] }),
    ).toBe('checkout > (lint | test) > deploy');
  });

  it('ignores needs that others imply', () => {
    expect(shapeText({ a: [], b: ['a'], c: ['a', 'b'] })).toBe('a > b > c');
  });

  it('cuts where all of several steps come before all of several others', () => {
    expect(shapeText({ a: [], b: [], c: ['a', 'b'], d: ['a', 'b'] })).toBe('(a | b) > (c | d)');
  });

  it('keeps only what is entangled in lanes', () => {
    expect(shapeText({ a: [], b: [], c: ['a'], d: ['a', 'b'] })).toBe('{a > c←a | b > d←a+b}');
    expect(
      shapeText({
        lint: [],
        build: [],
        e2e: ['build'],
        deploy: ['lint', 'build'],
        x: ['deploy'],
        y: ['deploy'],
        z: ['x', 'y'],
      }),
    ).toBe('{lint > deploy > (x | y) > z←lint+build | build > e2e←build}');
  });

  it('follows needs however the steps are listed', () => {
    expect(shapeText({ c: ['b'], b: ['a'], a: [] })).toBe('a > b > c');
  });

  it('puts a soft join beside what it watches, after what all of that needs', () => {
    const block = [
      stepOf('checkout'),
      stepOf('fast', ['checkout']),
      stepOf('slow', ['checkout']),
      joinOf('first', ['fast', 'slow'], { condition: { type: 'any' } }),
      stepOf('report', ['first']),
    ];
    expect(drawn(shapeOf(block)!)).toBe('checkout > (fast | slow | first > report)');
  });

  it('treats a join of all without a time-out like every other step', () => {
    const block = [stepOf('a'), stepOf('b'), joinOf('both', ['a', 'b'], {})];
    expect(drawn(shapeOf(block)!)).toBe('(a | b) > both');
  });

  it('orders exactly what the needs order, and nothing else', () => {
    fc.assert(
      fc.property(anyBlock(30), (block) => {
        const dag = dagOf(block);
        const wanted = closure(
          dag.steps.map((step) => step.id),
          dag.needs.map((own) => own.map((need) => dag.steps[need]!.id)),
        );
        expect(orderOf(shapeOf(block)!)).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });

  it('takes 1,000 steps of any shape in less than a tenth of a second', () => {
    const shapes: Record<string, StepPlan[]> = {
      chain: steps(1000, (i) => (i === 0 ? [] : [i - 1])),
      fan: steps(1000, () => []),
      grid: steps(1000, (i) => [...(i % 10 ? [i - 1] : []), ...(i >= 10 ? [i - 10] : [])]),
      random: steps(1000, (i) =>
        Array.from({ length: Math.min(i, 4) }, (_, k) => (i * 7919 + k * 104_729) % i),
      ),
    };
    for (const [name, block] of Object.entries(shapes)) {
      const times = [0, 1, 2].map(() => cpuMs(() => void shapeOf(block)));
      expect(Math.min(...times), name).toBeLessThan(100);
    }
  });

  it('takes a chain of 10,000 steps without overflowing the stack', () => {
    const tree = shapeOf(steps(10_000, (i) => (i === 0 ? [] : [i - 1])))!;
    expect(tree.kind).toBe('sequence');
    expect(preOrder(tree)).toHaveLength(10_001);
  });

  it('refuses needs that are no steps and needs that lead back', () => {
    expect(() => shapeOf([stepOf('a', ['nowhere'])])).toThrow('"a" needs "nowhere"');
    expect(() => shapeOf(stepsOf({ a: ['b'], b: ['a'] }))).toThrow('lead back');
  });

  it('has no shape without steps', () => {
    expect(shapeOf([])).toBeUndefined();
  });
});

describe('reduced needs', () => {
  it('are the fewest with the same order, also far beyond one chunk of bits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2600 }),
        fc.nat({ max: 1000 }),
        fc.integer({ min: 1, max: 4 }),
        (count, seed, most) => {
          const needs = Array.from({ length: count }, (_, i) => [
            ...new Set(
              Array.from({ length: Math.min(i, most) }, (_, k) => (i * 31 + k * 7919 + seed * 17) % i),
            ),
          ]);
          const reduced = reduceNeeds(needs);
          const probe = [count - 1, Math.floor(count / 2)];
          for (const node of probe) {
            expect(ancestors(node, reduced)).toEqual(ancestors(node, needs));
            for (const need of reduced[node]!) {
              const others = reduced[node]!.filter((other) => other !== need);
              expect(others.some((other) => ancestors(other, needs).has(need))).toBe(false);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('edges for drawing', () => {
  it('leave out implied needs and keep all that a soft join watches', () => {
    const block = [
      stepOf('a'),
      stepOf('b', ['a']),
      stepOf('c', ['a', 'b']),
      joinOf('j', ['a', 'c'], { condition: { type: 'count', count: 1 } }),
    ];
    expect(edgesOf(block).edges).toEqual([
      { from: 'a', to: 'b', soft: false },
      { from: 'b', to: 'c', soft: false },
      { from: 'a', to: 'j', soft: true },
      { from: 'c', to: 'j', soft: true },
    ]);
  });

  it('do not count on a soft join to wait', () => {
    const block = [
      stepOf('a'),
      joinOf('j', ['a', 'b'], { condition: { type: 'any' } }),
      stepOf('b'),
      stepOf('c', ['a', 'j']),
    ];
    expect(edgesOf(block).edges).toContainEqual({ from: 'a', to: 'c', soft: false });
  });
});

/** `before after` for every pair of steps that a tree orders. */
function orderOf(tree: ShapeTree): Set<string> {
  const pairs = new Set<string>();
  const all = (node: ShapeTree): string[] =>
    preOrder(node).flatMap((inner) => (inner.kind === 'leaf' ? [inner.step.id] : []));
  const before = (first: ShapeTree, then: ShapeTree): void => {
    for (const a of all(first)) for (const b of all(then)) pairs.add(`${a} ${b}`);
  };
  for (const node of preOrder(tree)) {
    if (node.kind === 'sequence') {
      node.children.forEach((child, index) => {
        for (const earlier of node.children.slice(0, index)) before(earlier, child);
      });
    }
    if (node.kind === 'prime') {
      const reach = new Map<ShapeTree, Set<ShapeTree>>();
      for (const part of node.children) {
        const needs = node.needs.get(part)!;
        reach.set(part, new Set(needs.flatMap((need) => [need, ...reach.get(need)!])));
        for (const need of reach.get(part)!) before(need, part);
      }
    }
  }
  return new Set([...pairs].sort());
}

function closure(ids: readonly string[], needs: readonly (readonly string[])[]): Set<string> {
  const before = new Map<string, Set<string>>();
  const pairs: string[] = [];
  ids.forEach((id, index) => {
    const own = new Set(needs[index]!.flatMap((need) => [need, ...before.get(need)!]));
    before.set(id, own);
    for (const earlier of own) pairs.push(`${earlier} ${id}`);
  });
  return new Set(pairs.sort());
}

function ancestors(node: number, needs: readonly (readonly number[])[]): Set<number> {
  const found = new Set<number>();
  const stack = [node];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const need of needs[at]!) {
      if (found.has(need)) continue;
      found.add(need);
      stack.push(need);
    }
  }
  return new Set([...found].sort((a, b) => a - b));
}
