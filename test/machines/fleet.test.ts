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
      const busy = new Set(inFlight);
      const taken = [];
      for (; taken.length < max && next < size; next++) {
        const key = String(next);
        if (!ended.has(key) && !busy.has(key)) taken.push({ key, src: 'member', input: { path: key } });
      }
      return taken;
    },
    settle: () => {},
  };
};

/** Members in flight by what they are busy with. */
const busyOf = (fleet: AnyActorRef): Record<string, AnyActorRef> => {
  const { children } = fleet.getSnapshot() as { children: Record<string, AnyActorRef> };
  return Object.fromEntries(
    Object.values(children).map((child) => [child.getSnapshot().context.path, child] as const),
  );
};

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
      const running = Object.keys(busyOf(fleet));
      expect(running.length).toBe(Math.min(3, 8 - count));
      const key = running[count % running.length] ?? '';
      expect(ended.has(key)).toBe(false);
      ended.add(key);
      busyOf(fleet)[key]?.send({ type: 'END' });
    }
    expect(ended.size).toBe(8);
    expect(fleet.getSnapshot().output).toEqual({ settled: 8 });
  },
);

test('a member takes the place of one that ended: no more actor ids than members at once', () => {
  const ended = new Set<string>();
  const fleet = createActor(createFleetMachine(frontierOf(20, 3, ended), { member }), {
    input: { path: 'x' },
  }).start();
  const ids = new Set<string>();
  for (let key = 0; key < 20; key++) {
    for (const id of Object.keys(fleet.getSnapshot().children)) ids.add(id);
    ended.add(String(key));
    busyOf(fleet)[key]?.send({ type: 'END' });
  }
  expect(fleet.getSnapshot().output).toEqual({ settled: 20 });
  expect([...ids].sort()).toEqual(['0', '1', '2']);
});

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
    busyOf(restored)[key]?.send({ type: 'END' });
  }
  expect(restored.getSnapshot().output).toEqual({ settled: 3 });
});
