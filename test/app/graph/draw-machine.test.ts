import { describe, expect, it } from 'vitest';
import { and, createMachine, not, setup } from 'xstate';
import { drawMachine } from '../../../src/app/graph/index.ts';
import { readMermaid } from './graph-of.ts';

describe('drawing a machine definition', () => {
  it('shows nested states, guards, invokes, delays and history', async () => {
    const text = drawMachine({
      initial: 'idle',
      states: {
        idle: { on: { START: { target: 'busy', guard: 'isReady' } } },
        busy: {
          initial: 'first',
          invoke: { src: 'worker', onDone: 'done', onError: { target: 'idle', guard: { type: 'mayRetry' } } },
          states: {
            first: { after: { 1000: 'second' }, always: { guard: 'skips', target: 'second' } },
            second: {},
            memory: { type: 'history', history: 'deep' },
          },
          on: { PAUSE: 'paused', RESET: '.first' },
        },
        paused: { on: { RESUME: 'busy.memory' } },
        done: { type: 'final' },
      },
    });
    expect(text).toBe(`stateDiagram-v2
  state "idle" as idle
  state "busy / worker" as busy {
    state "first" as busy_first
    state "second" as busy_second
    state "H#42;" as busy_memory
    [*] --> busy_first
    busy_first --> busy_second : [skips], after 1000
  }
  state "paused" as paused
  state "done" as done
  [*] --> idle
  idle --> busy : START [isReady]
  busy --> paused : PAUSE
  busy --> busy_first : RESET
  busy --> done : done
  busy --> idle : error [mayRetry]
  paused --> busy_memory : RESUME
  done --> [*]
`);
    const { nodes, edges } = await readMermaid(text);
    expect(nodes.find((node) => node.id === 'busy_memory')?.label).toBe('H*');
    expect(nodes.find((node) => node.id === 'busy_second')?.parentId).toBe('busy');
    expect(edges).toContainEqual({ from: 'idle', to: 'busy', label: 'START [isReady]' });
  });

  it('draws parallel states as regions and arrows out of them', async () => {
    const text = drawMachine({
      initial: 'both',
      states: {
        both: {
          type: 'parallel',
          states: {
            left: { initial: 'on', states: { on: { on: { STOP: '#end' } }, off: {} } },
            right: { initial: 'on', states: { on: { on: { FLIP: 'off' } }, off: { on: { FLIP: 'on' } } } },
          },
          onDone: 'end',
        },
        end: { id: 'end', type: 'final' },
      },
    });
    const { nodes, edges } = await readMermaid(text);
    const parent = (id: string): string | undefined => nodes.find((node) => node.id === id)?.parentId;
    expect(parent('both_left_on')).toBe('both_left');
    expect(parent('both_right_on')).toBe('both_right');
    expect(parent('both_left')).not.toBe(parent('both_right'));
    expect(edges).toContainEqual({ from: 'both_left_on', to: 's_end', label: 'STOP' });
    expect(edges).toContainEqual({ from: 'both', to: 's_end', label: 'done' });
  });

  it('takes the definition of a real machine, with guards made of others and actors given as logic', async () => {
    const machine = setup({
      guards: { ready: () => true, late: () => false },
      actors: { worker: createMachine({ id: 'worker' }) },
    }).createMachine({
      id: 'real',
      initial: 'a',
      states: {
        a: { always: { guard: and(['ready', not('late')]), target: 'b' } },
        b: {
          invoke: { src: 'worker', onDone: { target: '#real.a' } },
          on: { '*': { target: 'a' }, NOTE: { actions: () => {} } },
        },
      },
    });
    const text = drawMachine(machine.config);
    expect(text).toContain('a --> b : [ready and not late]');
    expect(text).toContain('state "b / worker" as b');
    const { edges } = await readMermaid(text);
    expect(edges).toContainEqual({ from: 'b', to: 'a', label: '*, done' });
    expect(text).not.toContain('NOTE');
  });

  it('names the state and target when a transition leads nowhere', () => {
    expect(() => drawMachine({ initial: 'a', states: { a: { on: { GO: 'b' } } } })).toThrow(
      '"a" has a transition to "b"',
    );
  });
});
