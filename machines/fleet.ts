/**
 * Any number of children with a sliding window: foreach, matrix, and blocks too wide for parallel regions.
 * Which member is next is the frontier's business; the machine's own context stays O(1), its snapshot O(window).
 */
import { type AnyActorLogic, type AnyActorRef, enqueueActions, setup } from 'xstate';

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
  /** What it is busy with: the ledger path of a step, the name of a nested block. */
  key: string;
  /** Name of the child logic among the fleet's actors. */
  src: string;
  input: Record<string, string>;
}

/** The members' order: dependency counters or a plain index, rebuilt from the ledger on restore and never persisted. */
export interface Frontier {
  /** Members at once. */
  readonly window: number;
  /** Up to `max` members that may start now; each is handed out once. `inFlight` are the keys of those already there. */
  take(max: number, inFlight: Iterable<string>): FleetMember[];
  /** A member ended; others may become ready. */
  settle(key: string, inFlight: Iterable<string>): void;
}

export interface FleetActors {
  [src: string]: AnyActorLogic;
}

type Children = Readonly<Record<string, AnyActorRef | undefined>>;

const keyOf = (child: AnyActorRef | undefined): string => child?.getSnapshot().context.path ?? child?.src;

function* keysOf(children: Children): Iterable<string> {
  for (const child of Object.values(children)) yield keyOf(child);
}

/** Actor ids: the place of the one that ended first, then the lowest that are free. */
function* freePlaces(children: Children, left: string | undefined): Generator<string, never> {
  if (left !== undefined) yield left;
  for (let place = 0; ; place++) if (children[place] === undefined) yield String(place);
}

/** The place of a finished child. */
const placeLeft = (event: FleetEvent): string | undefined => ('actorId' in event ? event.actorId : undefined);

/** On entry there are none yet, and no snapshot to ask. */
const childrenOf = (fleet: AnyActorRef, event: FleetEvent): Children =>
  event.type === 'xstate.init' ? {} : fleet.getSnapshot().children;

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
      /** Tells the frontier who ended. */
      settle: ({ context, event, self }) => {
        const children = childrenOf(self, event);
        const left = placeLeft(event);
        if (left !== undefined)
          frontierOf(self, context.path).settle(keyOf(children[left]), keysOf(children));
      },
      /** Whoever is ready takes the place that was left. New ids all the time would cost XState far more than the members. */
      fill: enqueueActions(({ context, enqueue, event, self }) => {
        const children = childrenOf(self, event);
        const left = placeLeft(event);
        const others = context.active - (left === undefined ? 0 : 1);
        const frontier = frontierOf(self, context.path);
        const members = frontier.take(frontier.window - others, keysOf(children));
        if (members.length === 0 && left !== undefined) enqueue.stopChild(left);
        enqueue.assign(({ spawn }) => {
          const places = freePlaces(children, left);
          for (const { src, input } of members) spawn(src, { id: places.next().value, input });
          return { active: others + members.length, settled: context.settled + context.active - others };
        });
      }),
      leave: enqueueActions(({ context, enqueue, event }) => {
        const left = placeLeft(event);
        if (left === undefined) return;
        enqueue.stopChild(left);
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
        on: { 'xstate.done.actor.*': { actions: ['settle', 'leave'] } },
      },
      settled: { type: 'final' },
    },
  });
}
