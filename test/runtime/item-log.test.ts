import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ItemLog } from '../../src/runtime/item-log.ts';
import type { LedgerEntry } from '../../src/runtime/ledger.ts';

const end = fc.constantFrom('success' as const, 'failed' as const, 'skipped' as const, 'canceled' as const);
const entry = fc.record(
  {
    status: end,
    outcome: end,
    attempts: fc.integer({ min: 0, max: 1001 }),
    output: fc.jsonValue({ maxDepth: 1 }),
    finishedAt: fc.integer({ min: 0, max: 2 ** 45 }),
    order: fc.integer({ min: 1, max: 2 ** 40 }),
    raw: fc.constant({ stdout: 'x', exitCode: 0 }),
    error: fc.constant({ code: 'E', message: 'm', retryable: false }),
    reason: fc.string(),
    startedAt: fc.integer({ min: 0, max: 2 ** 45 }),
  },
  { requiredKeys: ['status', 'outcome', 'attempts', 'output', 'finishedAt', 'order'] },
);

test('columns give back what was put in, as a map would', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.option(entry, { nil: undefined })), {
        maxLength: 60,
      }),
      (changes) => {
        const log = new ItemLog();
        const map = new Map<number, unknown>();
        for (const [index, change] of changes) {
          if (change === undefined) {
            log.delete(index);
            map.delete(index);
          } else {
            log.set(index, change as LedgerEntry);
            map.set(index, change);
          }
        }
        const indexes = [...map.keys()].sort((a, b) => a - b);
        expect([...log.indexes()]).toEqual(indexes);
        expect(log.size).toBe(map.size);
        for (const index of [...indexes, 77, 5001]) {
          expect(log.has(index)).toBe(map.has(index));
          expect(log.get(index)).toEqual(map.get(index));
        }
      },
    ),
  );
});

test('nothing of a former end stays with a new one, or after it was forgotten', () => {
  const log = new ItemLog();
  const full = {
    status: 'failed',
    outcome: 'failed',
    attempts: 3,
    output: [1],
    finishedAt: 9,
    order: 2,
  } as const;
  const error = { code: 'E', message: 'm', retryable: true };
  log.set(3, { ...full, output: null, error, reason: 'r', raw: { exitCode: 1 }, startedAt: 4 });
  const plain: LedgerEntry = {
    status: 'success',
    outcome: 'success',
    attempts: 1,
    output: null,
    finishedAt: 1,
    order: 1,
  };
  log.set(3, plain);
  expect(log.get(3)).toEqual(plain);
  log.delete(3);
  expect([log.get(3), log.has(3), log.size]).toEqual([undefined, false, 0]);
});
