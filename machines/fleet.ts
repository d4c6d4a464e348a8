/**
 * Any number of children with a sliding window: foreach, matrix, and blocks too wide for parallel regions.
 * Which member is next is the frontier's business; the machine's own context stays O(1), its snapshot O(window).
 */
import { type AnyActorLogic, enqueueActions, setup } from 'xstate';

export interface FleetInput {
  /** Ledger path of the step that fans out; absent for a block of the body. */
  path?: string;
}
export interface FleetOutput {
  settled: number;
}
export interface FleetContext {
  path: string;
  active: number;
  settled: number;
}
export type FleetEvent =
  | { type: 'CANCEL'; reason: string }
  | { type: 'STOP_FILLING' }
  | { type: 'xstate.init' }
  | { type: 'xstate.done.actor.*'; actorId: string };

export interface FleetMember {
  /** Actor id, unique in the fleet. */
  key: string;
  /** Name of the child logic among the fleet's actors. */
  src: string;
  input: Record<string, string>;
}

/** The members' order: dependency counters or a plain index, rebuilt from the ledger on restore and never persisted. */
export interface Frontier {
  /** Members at once. */
  readonly window: number;
  /** Up to `max` members that may start now; each is handed out once. `inFlight` are the children already there. */
  take(max: number, inFlight: readonly string[]): FleetMember[];
  /** A member ended; others may become ready. */
  settle(key: string, inFlight: readonly string[]): void;
}

export interface FleetActors {
  [src: string]: AnyActorLogic;
}

/** Any finished child; its actor id names the member. */
const endedMember = (event: FleetEvent): string => ('actorId' in event ? event.actorId : '');

/**
 * @param createFrontier decides who is next; called once for every actor of this machine, with its `input.path`.
 * @param actors         child logic by the names that members use as `src`.
 */
export function createFleetMachine(createFrontier: (path: string) => Frontier, actors: FleetActors) {
  const frontiers = new WeakMap<object, Frontier>();
  const frontierOf = (fleet: object, path: string): Frontier => {
    const known = frontiers.get(fleet) ?? createFrontier(path);
    frontiers.set(fleet, known);
    return known;
  };
  return setup({
    types: {
      input: {} as FleetInput | undefined,
      context: {} as FleetContext,
      events: {} as FleetEvent,
      output: {} as FleetOutput,
    },
    actors,
    actions: {
      fill: enqueueActions(({ context, enqueue, event, self }) => {
        const frontier = frontierOf(self, context.path);
        const free = frontier.window - context.active;
        if (free <= 0) return;
        // On entry there are no children yet, and no snapshot to ask.
        const inFlight = event.type === 'xstate.init' ? [] : Object.keys(self.getSnapshot().children);
        const members = frontier.take(free, inFlight);
        for (const member of members) enqueue.spawnChild(member.src, { id: member.key, input: member.input });
        if (members.length > 0) enqueue.assign({ active: context.active + members.length });
      }),
      settle: enqueueActions(({ context, event, enqueue, self }) => {
        const key = endedMember(event);
        frontierOf(self, context.path).settle(key, Object.keys(self.getSnapshot().children));
        enqueue.stopChild(key);
        enqueue.assign({ active: context.active - 1, settled: context.settled + 1 });
      }),
    },
    guards: { nobodyLeft: ({ context }) => context.active === 0 },
  }).createMachine({
    id: 'fleet',
    description: 'A sliding window over any number of members.',
    context: ({ input }) => ({ path: input?.path ?? '', active: 0, settled: 0 }),
    initial: 'filling',
    output: ({ context }) => ({ settled: context.settled }),
    states: {
      filling: {
        description: 'Every ended member makes room for the next ready ones.',
        entry: 'fill',
        always: { guard: 'nobodyLeft', target: 'settled' },
        on: {
          'xstate.done.actor.*': { actions: ['settle', 'fill'] },
          CANCEL: 'draining',
          STOP_FILLING: 'draining',
        },
      },
      draining: {
        description: 'Starts nobody; the members in flight end.',
        always: { guard: 'nobodyLeft', target: 'settled' },
        on: { 'xstate.done.actor.*': { actions: 'settle' } },
      },
      settled: { type: 'final' },
    },
  });
}
