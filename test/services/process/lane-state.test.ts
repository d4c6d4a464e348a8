/** When a lane may do what, and when one pays. */
import { describe, expect, it } from 'vitest';
import { encodeCommand, parseAnswer } from '../../../src/services/process/lane-program.ts';
import {
  LaneBudget,
  type LaneEvent,
  type LaneState,
  MOST_LANES,
  nextLaneState,
} from '../../../src/services/process/lane-state.ts';

describe('the life of a lane', () => {
  it('goes round from step to step', () => {
    const events: LaneEvent[] = ['ready', 'begin', 'end', 'clean', 'begin', 'end', 'close'];
    let state: LaneState = 'starting';
    const states = events.map((event) => {
      state = nextLaneState(state, event);
      return state;
    });
    expect(states).toEqual(['idle', 'running', 'draining', 'idle', 'running', 'draining', 'retired']);
  });

  it('can end in every state and never takes a step again', () => {
    for (const state of ['starting', 'idle', 'running', 'draining', 'retired'] as const)
      expect(nextLaneState(state, 'close')).toBe('retired');
    expect(() => nextLaneState('retired', 'begin')).toThrow('a lane that is retired cannot begin');
  });

  it('takes one step at a time, and none before the last is read to its end', () => {
    for (const state of ['starting', 'running', 'draining'] as const)
      expect(() => nextLaneState(state, 'begin')).toThrow();
  });
});

describe('the budget for lanes', () => {
  const earned = (...durations: number[]): LaneBudget => {
    const budget = new LaneBudget();
    for (const duration of durations) budget.earn(duration);
    return budget;
  };

  it('allows a lane after three short steps, and the next after three more', () => {
    expect(earned(1, 1).spend(1, 0)).toBe(false);
    const budget = earned(1, 1, 1);
    expect(budget.spend(2, 0)).toBe(true);
    expect(budget.spend(2, 1)).toBe(false);
    for (let i = 0; i < 3; i++) budget.earn(1);
    expect(budget.spend(2, 1)).toBe(true);
  });

  it('allows none for long steps', () => {
    expect(earned(...Array<number>(100).fill(1000)).spend(1, 0)).toBe(false);
  });

  it('allows no more than there are steps at work, nor more than a few', () => {
    const rich = (): LaneBudget => earned(...Array<number>(1000).fill(1));
    expect(rich().spend(2, 2)).toBe(false);
    expect(rich().spend(1000, MOST_LANES)).toBe(false);
    expect(rich().spend(1000, MOST_LANES - 1)).toBe(true);
  });
});

describe('what is said to a lane and by it', () => {
  it('counts the bytes and the texts of a command', () => {
    const message = encodeCommand({
      command: '/bin/sh',
      args: ['-c', 'ü'],
      cwd: '/tmp',
      env: { A: '', B: 'x' },
    });
    expect(message.readUInt32BE(0)).toBe(message.length - 4);
    expect(message.subarray(4).toString()).toBe('5\x003\0/tmp\0/bin/sh\0-c\0ü\0A=\0B=x');
  });

  it('takes everything but a status with its process for a refusal', () => {
    expect(parseAnswer('256 77')).toEqual({ status: 256, pid: 77 });
    for (const line of ['!', '!9 77', '', 'ready']) expect(parseAnswer(line)).toBeUndefined();
  });
});
