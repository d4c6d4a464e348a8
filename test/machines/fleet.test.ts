/** A fleet: the window, the order, and a restore after every member. */
import { expect, test } from 'vitest';
import { type AnyActorRef, createActor, type Snapshot, setup } from 'xstate';
import { createFleetMachine, type Frontier } from '../../machines/index.ts';

const member = setup({ types: { input: {} as { path: string } } }).createMachine({
  context: ({ input }) => input,
  initial: 'busy',
  states: { busy: { on: { END: 'over' } }, over: { type: 'final' } },
});

/** Items 0 … size-1; what has ended is known outside, as the ledger knows it. */
const frontierOf = (size: number, window: number, ended: ReadonlySet<string>) => (): Frontier => {
  let next = 0;
  return {
    window,
    take(max, inFlight) {
      const taken = [];
      for (; taken.length < max && next < size; next++) {
        const key = String(next);
        if (!ended.has(key) && !inFlight.includes(key))
          taken.push({ key, src: 'member', input: { path: key } });
      }
      return taken;
    },
    settle: () => {},
  };
};

const childrenOf = (fleet: AnyActorRef): Record<string, AnyActorRef> =>
  (fleet.getSnapshot() as { children: Record<string, AnyActorRef> }).children;

test.each([0, 1, 2, 3, 4, 5, 6, 7])(
  'restored after %i of 8 members it runs the others, each once, three at a time',
  (restoreAfter) => {
    const ended = new Set<string>();
    const machine = () => createFleetMachine(frontierOf(8, 3, ended), { member });
    let fleet = createActor(machine(), { input: { path: 'x' } }).start();
    for (let count = 0; fleet.getSnapshot().status === 'active'; count++) {
      if (count === restoreAfter) {
        const snapshot = JSON.parse(JSON.stringify(fleet.getPersistedSnapshot())) as Snapshot<unknown>;
        fleet.stop();
        fleet = createActor(machine(), { snapshot, input: { path: 'x' } } as never).start();
      }
      const running = Object.keys(childrenOf(fleet));
      expect(running.length).toBe(Math.min(3, 8 - count));
      const key = running[count % running.length] ?? '';
      expect(ended.has(key)).toBe(false);
      ended.add(key);
      childrenOf(fleet)[key]?.send({ type: 'END' });
    }
    expect(ended.size).toBe(8);
    expect(fleet.getSnapshot().output).toEqual({ settled: 8 });
  },
);

test('STOP_FILLING begins nobody more; who runs may end, also after a restore', () => {
  const ended = new Set<string>();
  const fleet = createActor(createFleetMachine(frontierOf(8, 3, ended), { member }), {
    input: { path: 'x' },
  }).start();
  fleet.send({ type: 'STOP_FILLING' });
  const snapshot = JSON.parse(JSON.stringify(fleet.getPersistedSnapshot())) as Snapshot<unknown>;
  const restored = createActor(createFleetMachine(frontierOf(8, 3, ended), { member }), {
    snapshot,
    input: { path: 'x' },
  } as never).start();
  for (const key of ['0', '1', '2']) {
    expect(restored.getSnapshot().status).toBe('active');
    ended.add(key);
    childrenOf(restored)[key]?.send({ type: 'END' });
  }
  expect(restored.getSnapshot().output).toEqual({ settled: 3 });
});
