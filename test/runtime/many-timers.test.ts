/** Ten thousand timers of one run: armed, written, read, restored, fired and given up. */

import { expect, test } from 'vitest';
import type { AnyActor } from 'xstate';
import type { RunRecorder } from '../../src/runtime/recorder.ts';
import { RunTimers } from '../../src/runtime/timers.ts';
import type { TimerRow } from '../../src/store/port.ts';
import { cpuMs } from '../cpu-time.ts';
import { SimulatedClock } from './simulated-clock.ts';

const COUNT = 10_000;

test('are armed and restored within a second, and fire in order', () => {
  const clock = new SimulatedClock();
  const rows = new Map<string, TimerRow>();
  const recorder = {
    timer: (row: TimerRow) => rows.set(row.id, row),
    timerGone: (id: string) => rows.delete(id),
  } as unknown as RunRecorder;
  const fired: number[] = [];
  const open = () => new RunTimers(clock, recorder, ({ dueAt }) => fired.push(dueAt));
  const root = { id: 'run', _parent: undefined };
  const actors = Array.from({ length: COUNT }, (_, index): AnyActor => {
    const address = `nap-${index}`;
    return {
      id: address,
      sessionId: address,
      _parent: root,
      send: () => {},
      getSnapshot: () => ({ status: 'done' }),
    } as never;
  });
  const first = open();
  const arming = cpuMs(() => {
    for (const [index, actor] of actors.entries()) {
      const dueAt = clock.now() + 1000 + ((index * 7919) % COUNT);
      const policy = index % 2 === 0 ? 'elapsed' : 'absolute';
      first.arm({ actor, name: 'wait', step: `nap[${index}]`, dueAt, policy });
    }
  });
  expect(rows.size).toBe(COUNT);
  first.stop();
  const second = open();
  const restoring = cpuMs(() => second.restore([...rows.values()], () => actors[0]));
  expect(second.rows).toHaveLength(COUNT);
  expect(arming + restoring).toBeLessThan(1000);
  const firing = cpuMs(() => clock.advance(1000 + COUNT));
  expect(fired).toEqual(Array.from({ length: COUNT }, (_, index) => Date.UTC(2026, 0, 1) + 1000 + index));
  expect(rows.size).toBe(0);
  expect(firing).toBeLessThan(2000);
});
