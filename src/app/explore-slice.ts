/** Goes through the states of a small region of an emitted statechart: to find a run, or to see that there is none. */
import { getShortestPaths } from '@xstate/graph';
import { type AnyActorLogic, assign, createActor, setup } from 'xstate';
import type { Fate, Slice, SliceEvent, SliceExplorer, SliceState } from '#compiler';

export const sliceExplorer: SliceExplorer = {
  find(slice, goal, budget) {
    const limit = budget.transitions;
    // Asked once for each transition.
    const serializeState: typeof stateKey = (state) => {
      budget.transitions--;
      return stateKey(state);
    };
    try {
      const [found] = getShortestPaths(machineOf(slice), {
        events: ({ context }: { context: SliceState }): SliceEvent[] => slice.events(context),
        serializeState,
        serializeEvent: (event: SliceEvent): string => JSON.stringify(event),
        limit,
        toState: ({ context, status }) => status === 'done' && goal(context),
      });
      return found === undefined ? 'none' : found.steps.map(({ event }) => event).filter(isOwn);
    } catch (error) {
      if (error instanceof Error && /limit/i.test(error.message)) return 'exceeded';
      throw error;
    }
  },
  follow(slice, events) {
    const actor = createActor(machineOf(slice));
    actor.start();
    // What a join or a failure cut short may have ended before its own event comes.
    for (const event of events) if (actor.getSnapshot().status === 'active') actor.send(event);
    const { context } = actor.getSnapshot();
    actor.stop();
    return context;
  },
};

const isOwn = ({ type }: SliceEvent): boolean => type === 'end' || type === 'timer.due';

/** Two runs that came to the same ends in another order are in the same state. */
const stateKey = ({ value, context }: { value: unknown; context: SliceState }): string =>
  JSON.stringify([value, sorted(context.ends), sorted(context.begun), context.mode, context.unwanted]);

const sorted = (record: Readonly<Record<string, unknown>>): unknown[] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

interface StepEnd {
  id: string;
  as: Fate;
}

function machineOf(slice: Slice): AnyActorLogic {
  return setup({
    types: { context: {} as SliceState, events: {} as SliceEvent },
    actions: {
      armJoin: () => {},
      gate: assign(({ context }, { id }: { id: string }) => slice.gate(context, id)),
      settle: assign(({ context }, { id, as }: StepEnd) => slice.settle(context, id, as)),
    },
    guards: {
      settled: ({ context }, { ids }: { ids: string[] }) => slice.settled(context, ids),
      joinMet: ({ context }, { path }: { path: string }) => slice.joinMet(context, path),
      joinTimer: ({ event }, { path }: { path: string }) =>
        event.type === 'timer.due' && event.name === `join:${path}`,
      decided: ({ context }, { id, as }: StepEnd) => context.decided[id] === as,
      ends: ({ context, event }, { id, as }: StepEnd) =>
        event.type === 'end' &&
        event.id === id &&
        event.as === as &&
        context.begun[id]?.includes(as) === true,
    },
    // JSON, which no static type can follow.
  }).createMachine({ ...slice.machine, context: slice.initial } as never);
}
