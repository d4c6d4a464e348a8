/** Events folded into what a viewer sees. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/app/types.ts';
import { formatDuration, oneLine } from '../../src/cli/output/format.ts';
import { RunModel } from '../../src/cli/output/run-model.ts';
import { activeLine, settledLine } from '../../src/cli/output/step-lines.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { Captured } from './fake-app.ts';

const { paint } = new Terminal(
  { stdin: process.stdin, stdout: new Captured(), stderr: new Captured() },
  { color: 'never', quiet: false },
);

function play(...events: Partial<RunEvent>[]) {
  const model = new RunModel();
  const settled = events.flatMap(
    (event, seq) => model.apply({ ts: seq * 1000, seq, runId: 'r', type: 'log', ...event }) ?? [],
  );
  const active = [...model.active.values()].map((step) =>
    activeLine(step, paint, { now: events.length * 1000, spinner: '*', width: 80 }),
  );
  return { model, settled: settled.map((step) => settledLine(step, paint, 80)), active };
}

describe('steps', () => {
  test('a running step shows its elapsed time and its last line of output', () => {
    const { active } = play(
      { type: 'step.started', path: 'build' },
      { type: 'step.output', path: 'build', text: 'one\ntwo\u001b[31m!\n' },
    );
    expect(active).toEqual(['* build  2.0s  two!']);
  });

  test('a retrying step shows the attempt, when it is due and why', () => {
    const error = { code: 'X', message: 'refused', retryable: true };
    const { active } = play(
      { type: 'step.started', path: 'a' },
      { type: 'step.retrying', path: 'a', attempt: 2, dueAt: 5000, error },
    );
    expect(active).toEqual(['↻ a  attempt 2  retrying  in 3.0s  refused']);
  });

  test('settled steps leave the active ones and are counted by status', () => {
    const { model, settled, active } = play(
      { type: 'step.started', path: 'a' },
      { type: 'step.finished', path: 'a', status: 'success', outcome: 'failed', durationMs: 5 },
      { type: 'step.skipped', path: 'b', reason: 'need x failed' },
      { type: 'step.started', path: 'c' },
      {
        type: 'step.finished',
        path: 'c',
        status: 'failed',
        error: { code: 'EXIT_CODE', message: 'exited\nwith 1', retryable: false },
      },
    );
    expect(settled).toEqual([
      '✔ a  failed, allowed  5ms',
      '– b  skipped  need x failed',
      '✖ c  failed  1.0s  EXIT_CODE: exited with 1',
    ]);
    expect(active).toEqual([]);
    expect(model.counts).toEqual({ success: 1, failed: 1, skipped: 1, canceled: 0 });
  });
});

describe('fan-outs', () => {
  test('of what was canceled or skipped the reason is told', () => {
    const error = { code: 'CANCELED', message: 'was canceled', retryable: false };
    const { settled } = play(
      {
        type: 'step.finished',
        path: 'a',
        status: 'canceled',
        error,
        reason: 'j does not wait for it any more',
      },
      { type: 'step.skipped', path: 'b', error, reason: 'timed out' },
      { type: 'step.finished', path: 'c', status: 'canceled', error },
    );
    expect(settled).toEqual(
      [
        '⊘ a  canceled  0ms  j does not wait for it any more',
        '– b  skipped  timed out',
        '⊘ c  canceled  0ms  CANCELED: was canceled',
      ].map((line) => line.replace('  0ms', '')),
    );
  });

  test('items are called by their names, and counted on from where a run goes on', () => {
    const error = { code: 'X', message: 'broke', retryable: false };
    const { settled, active } = play(
      { type: 'step.started', path: 'm', total: 4, done: 2, labels: ['a, 1', 'a, 2', 'b, 1', 'b, 2'] },
      { type: 'step.finished', path: 'm[3]', status: 'failed', durationMs: 5, error },
    );
    expect(settled).toEqual(['✖ m[3] (b, 2)  failed  5ms  X: broke']);
    expect(active).toEqual(['* m  3/4 1 failed  2.0s']);
  });

  test('items are counted on one line; only failed ones get a line of their own', () => {
    const { settled, active } = play(
      { type: 'step.started', path: 'test', total: 40 },
      { type: 'step.started', path: 'test[0]' },
      { type: 'step.finished', path: 'test[0]', status: 'success' },
      {
        type: 'step.finished',
        path: 'test[1]',
        status: 'failed',
        error: { code: 'X', message: 'no', retryable: false },
      },
      { type: 'step.output', path: 'test[2]', text: 'hi' },
    );
    expect(settled).toEqual(['✖ test[1]  failed  X: no']);
    expect(active).toEqual(['* test  2/40 1 failed  5.0s  hi']);
  });

  test('the settled fan-out keeps its counts', () => {
    const { settled } = play(
      { type: 'step.started', path: 'test', total: 1 },
      { type: 'step.finished', path: 'test[0]', status: 'success' },
      { type: 'step.finished', path: 'test', status: 'success', durationMs: 10 },
    );
    expect(settled).toEqual(['✔ test  1/1  10ms']);
  });
});

describe('formats', () => {
  test.each([
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1.0s'],
    [59_949, '59.9s'],
    [59_950, '1m 00s'],
    [3_599_000, '59m 59s'],
    [7_380_000, '2h 03m'],
    [273_600_000, '3d 04h'],
  ])('%d ms reads %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('a line is cut with an ellipsis and holds no control characters', () => {
    expect(oneLine('a\tb\n\u001b[1mc\u0007', 10)).toBe('a b c');
    expect(oneLine('abcdefghij', 5)).toBe('abcd…');
  });

  test('an active line is never wider than the terminal', () => {
    const step = {
      path: 'x'.repeat(100),
      status: 'running' as const,
      since: 0,
      attempt: 12,
      note: 'y'.repeat(200),
    };
    for (const width of [40, 60, 120]) {
      expect(activeLine(step, paint, { now: 100_000, spinner: '*', width }).length).toBeLessThanOrEqual(
        width,
      );
    }
  });
});
