import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HeapEntry, TimerHeap } from '../../src/runtime/timer-heap.ts';

/** What is added, given up and taken out, in any order, compared with a sorted list. */
test('gives what is due, earliest first, whatever was given up before', () => {
  const command = fc.oneof(
    fc.record({ do: fc.constant('push' as const), at: fc.nat(50) }),
    fc.record({ do: fc.constant('giveUp' as const), which: fc.nat(1000) }),
    fc.record({ do: fc.constant('take' as const), now: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const heap = new TimerHeap<HeapEntry>();
      const all: HeapEntry[] = [];
      let model: HeapEntry[] = [];
      for (const each of commands) {
        if (each.do === 'push') {
          const entry = { at: each.at, gone: false };
          heap.push(entry);
          all.push(entry);
          model.push(entry);
        } else if (each.do === 'giveUp' && all.length > 0) {
          const entry = all[each.which % all.length];
          if (entry === undefined) continue;
          heap.giveUp(entry);
          model = model.filter((other) => other !== entry);
        } else if (each.do === 'take') {
          const due = model.filter(({ at }) => at <= each.now).map(({ at }) => at);
          model = model.filter(({ at }) => at > each.now);
          expect(heap.takeDue(each.now).map(({ at }) => at)).toEqual(due.sort((a, b) => a - b));
        }
        expect(heap.first?.at).toBe(model.length === 0 ? undefined : Math.min(...model.map(({ at }) => at)));
      }
    }),
  );
});
