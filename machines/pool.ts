/**
 * Slots: how many steps run at once, in the process, in a run, in a named pool. One request names every resource it needs
 * and is granted when all have room, so nobody holds one slot while waiting for another (no deadlock by construction).
 */
import { assign, type SnapshotFrom, setup } from 'xstate';
import { WaitQueue } from './wait-queue.ts';

export interface SlotRequest {
  /** Unique: run id + step path. */
  id: string;
  /** Fairness is between runs. */
  runId: string;
  /** Resources that must all have room, such as `process`, `run:k3…`, `pool:shell`. */
  resources: readonly string[];
  /** Higher first. */
  priority: number;
}

export interface PoolContext {
  /** Slots per resource; a resource that is not listed has no limit. */
  limits: Record<string, number>;
  used: Record<string, number>;
  /** Granted requests by id. */
  held: Map<string, SlotRequest>;
  waiting: WaitQueue;
}
export type PoolEvent =
  | { type: 'slot.request'; request: SlotRequest }
  /** Given back, or not waited for any more. */
  | { type: 'slot.release'; id: string }
  /** So many of this resource are there for this process from now on; null: any number. */
  | { type: 'limit.set'; resource: string; limit: number | null };

const roomOf = (context: PoolContext, resource: string): number =>
  (context.limits[resource] ?? Number.POSITIVE_INFINITY) - (context.used[resource] ?? 0);

const lacks = (context: PoolContext, resources: readonly string[]): string | undefined =>
  resources.find((name) => roomOf(context, name) <= 0);

/** How many more slots of this resource would be taken at once if there were that many; counts up to `most`. */
export function demandFor(context: PoolContext, resource: string, most: number): number {
  const rooms = new Map<string, number>();
  let demand = 0;
  for (const lane of context.waiting.waitingFor(resource)) {
    if (demand >= most) return most;
    const others = lane.resources.filter((name) => name !== resource);
    const room = Math.min(lane.size, ...others.map((name) => rooms.get(name) ?? roomOf(context, name)));
    if (room <= 0) continue;
    for (const name of others) rooms.set(name, (rooms.get(name) ?? roomOf(context, name)) - room);
    demand += room;
  }
  return Math.min(demand, most);
}

const takeSlots = (context: PoolContext, request: SlotRequest): void => {
  context.held.set(request.id, request);
  for (const name of request.resources) context.used[name] = (context.used[name] ?? 0) + 1;
};

const freeSlots = (context: PoolContext, id: string): void => {
  const request = context.held.get(id);
  if (request === undefined) return;
  context.held.delete(id);
  for (const name of request.resources) {
    context.waiting.freed(name);
    const left = (context.used[name] ?? 0) - 1;
    if (left > 0) context.used[name] = left;
    else delete context.used[name];
  }
};

/** The next waiting request that fits, taken out of the queue with its slots. */
const grantNext = (context: PoolContext): SlotRequest | undefined => {
  const request = context.waiting.takeFirst((resources) => lacks(context, resources));
  if (request !== undefined) takeSlots(context, request);
  return request;
};

const notProvided = (): never => {
  throw new Error('provided by the runtime');
};

/**
 * Not persisted: after a restore, attempts that were going on ask first, then those that were queued. The context is
 * therefore mutable on purpose: a copy of 10,000 waiters at every event would cost more than the steps.
 */
export const poolMachine = setup({
  types: {
    input: {} as { limits: Record<string, number> },
    context: {} as PoolContext,
    events: {} as PoolEvent,
  },
  actions: {
    take: ({ context, event }) => {
      if ('request' in event) takeSlots(context, event.request);
    },
    enqueue: ({ context, event }) => {
      if ('request' in event) context.waiting.add(event.request);
    },
    free: ({ context, event }) => {
      if ('id' in event && !context.waiting.remove(event.id)) freeSlots(context, event.id);
    },
    setLimit: assign({
      limits: ({ context, event }) => {
        if (event.type !== 'limit.set') return context.limits;
        context.waiting.freed(event.resource);
        const { [event.resource]: _old, ...others } = context.limits;
        return event.limit === null ? others : { ...others, [event.resource]: event.limit };
      },
    }),
    /** Tells the asker; provided. */
    grant: (_, _params: { request: SlotRequest }) => notProvided(),
    grantWaiting: (_, _params: { grantNext: () => SlotRequest | undefined }) => notProvided(),
  },
  guards: {
    fits: ({ context, event }) => 'request' in event && lacks(context, event.request.resources) === undefined,
    nobodyWaits: ({ context }) => context.waiting.size === 0,
  },
}).createMachine({
  id: 'pool',
  description: 'Slots of the process, its runs and its named pools.',
  context: ({ input }) => ({
    limits: { ...input.limits },
    used: {},
    held: new Map(),
    waiting: new WaitQueue(),
  }),
  initial: 'open',
  on: { 'limit.set': { actions: 'setLimit' } },
  states: {
    open: {
      description: 'Nobody waits; a request that fits is granted at once.',
      on: {
        'slot.request': [
          {
            guard: 'fits',
            actions: ['take', { type: 'grant', params: ({ event }) => ({ request: event.request }) }],
          },
          {
            target: 'contended',
            // Nothing is granted, but the queue learns what the request lacks.
            actions: [
              'enqueue',
              { type: 'grantWaiting', params: ({ context }) => ({ grantNext: () => grantNext(context) }) },
            ],
          },
        ],
        'slot.release': { actions: 'free' },
      },
    },
    contended: {
      description: 'Some wait; every freed slot goes to the next by priority, wait and turn.',
      always: { guard: 'nobodyWaits', target: 'open' },
      on: {
        'slot.request': [
          {
            actions: [
              'enqueue',
              { type: 'grantWaiting', params: ({ context }) => ({ grantNext: () => grantNext(context) }) },
            ],
          },
        ],
        'slot.release': {
          actions: [
            'free',
            { type: 'grantWaiting', params: ({ context }) => ({ grantNext: () => grantNext(context) }) },
          ],
        },
        'limit.set': {
          actions: [
            'setLimit',
            { type: 'grantWaiting', params: ({ context }) => ({ grantNext: () => grantNext(context) }) },
          ],
        },
      },
    },
  },
});

export type PoolSnapshot = SnapshotFrom<typeof poolMachine>;
