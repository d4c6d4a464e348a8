/** Plans for tests of shapes, written as `{ step: [needs] }`, and arbitrary ones for properties. */
import fc from 'fast-check';
import type { BlockName, JoinPlan, Plan, StepPlan } from '../../../compiler/plan.ts';

export function stepOf(id: string, needs: readonly string[] = [], more: Partial<StepPlan> = {}): StepPlan {
  return {
    id,
    kind: 'shell',
    needs: [...needs],
    fields: {},
    onTimeout: 'fail',
    allowFailure: false,
    failFast: true,
    priority: 0,
    span: { start: 0, end: id.length },
    fieldSpans: {},
    ...more,
  };
}

export function joinOf(id: string, needs: readonly string[], join: Partial<JoinPlan>): StepPlan {
  const plan: JoinPlan = { condition: { type: 'all' }, onTimeout: 'fail', cancelRest: false, ...join };
  return stepOf(id, needs, { kind: 'join', join: plan });
}

export function planOf(
  steps: readonly StepPlan[],
  block: BlockName = 'steps',
  more: Partial<Plan> = {},
): Plan {
  return {
    format: 1,
    name: 'release',
    inputs: {},
    outputs: {},
    env: {},
    pools: {},
    onOverlap: 'allow',
    onFailure: 'drain',
    tags: [],
    blocks: { steps: [], errors: [], finally: [], [block]: [...steps] },
    ...more,
  };
}

/** `{ a: [], b: ['a'] }` → steps in that order. */
export function stepsOf(needs: Record<string, readonly string[]>): StepPlan[] {
  return Object.entries(needs).map(([id, own]) => stepOf(id, own));
}

/** `count` steps `s0 …`, with the needs a function names by number. */
export function steps(count: number, needsOf: (index: number) => readonly number[]): StepPlan[] {
  return Array.from({ length: count }, (_, index) =>
    stepOf(
      `s${index}`,
      [...new Set(needsOf(index))].map((n) => `s${n}`),
    ),
  );
}

/** Random acyclic blocks of 1 to `size` steps, sparse to dense, listed in any order, some steps soft joins. */
export function anyBlock(size: number): fc.Arbitrary<StepPlan[]> {
  return fc
    .record({
      rows: fc.array(fc.tuple(fc.array(fc.nat({ max: 999 }), { maxLength: 60 }), fc.nat({ max: 9 })), {
        minLength: 1,
        maxLength: size,
        size: 'max',
      }),
      density: fc.constantFrom(0, 1, 2, 4, 50),
      order: fc.infiniteStream(fc.nat({ max: 1_000_000 })),
    })
    .map(({ rows, density, order }) => {
      const block = rows.map(([picks, flavour], index) => {
        const own = index === 0 ? [] : picks.slice(0, density).map((pick) => `s${pick % index}`);
        return softly(`s${index}`, [...new Set(own)], flavour);
      });
      return block
        .map((step) => ({ step, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ step }) => step);
    });
}

function softly(id: string, needs: string[], flavour: number): StepPlan {
  if (needs.length === 0 || flavour > 2) return stepOf(id, needs);
  if (flavour === 0) return joinOf(id, needs, { condition: { type: 'any' } });
  if (flavour === 1)
    return joinOf(id, needs, { condition: { type: 'count', count: Math.ceil(needs.length / 2) } });
  return joinOf(id, needs, { timeoutMs: 1000 });
}
