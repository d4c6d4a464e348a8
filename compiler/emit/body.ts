/** The machine around a tree of states: it can be left for `paused` or `unwinding` and come back to exactly where it was. */
import type { StateNodeJson } from './emitted.ts';
import { chained, type Keyed } from './structure.ts';

export interface BodyOptions {
  id: string;
  description: string;
  /** A branch of a fleet, or a segment: it is stopped and restored by the machine that runs it, so it is never left. */
  nested: boolean;
}

export function bodyMachine(
  children: readonly Keyed[],
  { id, description, nested }: BodyOptions,
): StateNodeJson {
  const { initial, states } = chained(children);
  return {
    id,
    description,
    tags: ['body'],
    initial: 'working',
    states: {
      working: {
        description: 'The steps as the author ordered them',
        tags: ['working'],
        initial,
        states: {
          ...states,
          'resume-point': {
            type: 'history',
            history: 'deep',
            description: 'Where the steps were when they were left',
          },
        },
        onDone: { target: 'done' },
        ...(nested ? {} : { on: { PAUSE: { target: 'paused' }, ROLLBACK: { target: 'unwinding' } } }),
      },
      ...(nested ? {} : INTERRUPTIONS),
      done: { type: 'final', description: 'Every step has settled', tags: ['done'] },
    },
  };
}

const INTERRUPTIONS: Record<string, StateNodeJson> = {
  paused: {
    description: 'Paused; no step runs',
    tags: ['paused'],
    on: { UNPAUSE: { target: 'working.resume-point' } },
  },
  unwinding: {
    description: 'Compensations run, then the steps go on',
    tags: ['unwinding'],
    invoke: { src: 'unwind', id: 'unwind', onDone: { target: 'working.resume-point' } },
  },
};
