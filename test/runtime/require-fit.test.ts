import { describe, expect, it } from 'vitest';
import { emitBlock, type StepPlan } from '#compiler';
import { requireFit } from '../../src/runtime/require-fit.ts';
import { planOf, steps } from '../compiler/shape/plan-of.ts';

const chain = (count: number): StepPlan[] => steps(count, (i) => (i === 0 ? [] : [i - 1]));
const fan = (count: number): StepPlan[] => steps(count, (i) => (i < 20 ? [] : [i - 20]));

/** Restores a run of these steps whose body was written down like this. */
function restore(block: StepPlan[], body: object, value: unknown = 'working'): () => void {
  const run = { runId: 'r1', chartOf: () => emitBlock(planOf(block), 'steps') };
  const snapshot = { value, children: { body: { src: 'body', snapshot: body } } };
  return () =>
    requireFit(
      run as never,
      snapshot as never,
      { runId: 'r1', engineVersion: '0.0.9', workflow: 'release' } as never,
    );
}

const active = (id: string): object => ({ working: { [id]: 'active' } });
const steps1 = { s0: { src: 'step', snapshot: { value: 'running' } } };

describe('a run whose machines were written down', () => {
  it('is taken when its statechart still has their states', () => {
    expect(restore(chain(3), { value: active('s1'), children: steps1 })).not.toThrow();
    const inner = { value: active('s120'), children: steps1 };
    const segment = { src: 'segment-2', snapshot: inner };
    expect(
      restore(chain(300), { value: active('segment-2'), children: { 'segment-2': segment } }),
    ).not.toThrow();
    const branch = { src: 'branch-1', snapshot: { value: active('s20'), children: steps1 } };
    const fleet = { src: 'fleet-1', snapshot: { value: 'filling', children: { 0: branch, 1: steps1.s0 } } };
    expect(restore(fan(40), { value: active('block-1'), children: { 'fleet-1': fleet } })).not.toThrow();
    const paused = { working: 'paused' };
    expect(restore(chain(3), { value: active('s1'), children: steps1 }, paused)).not.toThrow();
  });

  it('is refused when they were arranged in other states, in any of its machines', () => {
    const refused = /run r1 was begun by keystone 0\.0\.9, which made other states of its steps/;
    expect(restore(chain(300), { value: active('s120'), children: steps1 })).toThrow(refused);
    expect(restore(chain(3), { value: { working: { s1: 'dreaming' } }, children: {} })).toThrow(refused);
    const segment = { src: 'segment-2', snapshot: { value: active('s20'), children: {} } };
    expect(restore(chain(300), { value: active('segment-2'), children: { 'segment-2': segment } })).toThrow(
      refused,
    );
    const branch = { src: 'branch-1', snapshot: { value: active('s21'), children: {} } };
    const fleet = { src: 'fleet-1', snapshot: { value: 'filling', children: { 0: branch } } };
    expect(restore(fan(40), { value: active('block-1'), children: { 'fleet-1': fleet } })).toThrow(refused);
    expect(restore(chain(3), { value: active('s1'), children: { 'fleet-1': fleet } })).toThrow(refused);
    expect(restore(chain(3), { value: active('s1') }, { working: 'dreaming' })).toThrow(
      /made other states of a run than/,
    );
  });

  it('names a way out', () => {
    const error = (() => {
      try {
        restore(chain(3), { value: 'gone' })();
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'STATECHART', exitCode: 5 });
    expect((error as { hint: string }).hint).toContain('keystone run release');
  });
});
