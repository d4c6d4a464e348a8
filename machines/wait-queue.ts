/**
 * Waiting slot requests: by priority, which grows with the wait, and between runs of the same priority in turn. Requests of one
 * run that need the same make a lane; each lane is parked at a resource it lacks and looked at only when that is freed: O(log n).
 */
import { LaneHeap } from './lane-heap.ts';
import type { SlotRequest } from './pool.ts';

/** Requests of one run with one set of resources and one priority. */
export interface Lane {
  readonly key: string;
  /** Oldest first; holes are withdrawn ones. */
  requests: (SlotRequest | undefined)[];
  head: number;
  /** Requests in it, without holes. */
  size: number;
  readonly resources: readonly string[];
  readonly turn: Turn;
  readonly arrival: number;
  /** Higher first. */
  rank: number;
  /** The resource it lacks; `NEW` before anybody looked. */
  parkedAt: string;
  /** Place in the heap. */
  index: number;
}

/** When a run was last served in one priority; shared by its lanes there, so that many lanes give no more than one turn. */
interface Turn {
  readonly key: string;
  readonly priority: number;
  /** Number of the grant; of one that was not served yet, when it began to wait. */
  servedAt: number;
  readonly lanes: Set<Lane>;
}

/** Waiting for so many grants of others counts as much as one more priority: no starvation. */
const GRANTS_PER_PRIORITY = 64;
const NEW = '';

export class WaitQueue {
  private readonly lanes = new Map<string, Lane>();
  private readonly turns = new Map<string, Turn>();
  private readonly places = new Map<string, { lane: Lane; index: number }>();
  private readonly heaps = new Map<string, LaneHeap>();
  /** Resources that may have room again. */
  private readonly open = new Set<string>();
  private grants = 0;
  private arrivals = 0;

  get size(): number {
    return this.places.size;
  }

  add(request: SlotRequest): void {
    const key = `${request.runId} ${request.priority} ${request.resources.join(' ')}`;
    const lane = this.lanes.get(key) ?? this.openLane(key, request);
    this.places.set(request.id, { lane, index: lane.requests.length });
    lane.requests.push(request);
    lane.size++;
  }

  /** @returns false when it was not waiting. */
  remove(id: string): boolean {
    const place = this.places.get(id);
    if (place === undefined) return false;
    const { lane, index } = place;
    this.places.delete(id);
    lane.requests[index] = undefined;
    if (--lane.size === 0) this.closeLane(lane);
    return true;
  }

  /** A slot of this resource was given back, or there are more of it. */
  freed(resource: string): void {
    this.open.add(resource);
  }

  /** Removes and returns the best request that lacks nothing. @param lacks the first resource without room, if any */
  takeFirst(lacks: (resources: readonly string[]) => string | undefined): SlotRequest | undefined {
    for (let lane = this.best(); lane !== undefined; lane = this.best()) {
      const lacking = lacks(lane.resources);
      if (lacking === undefined) return this.serve(lane);
      this.open.delete(lacking);
      this.park(lane, lacking);
    }
    return undefined;
  }

  /** Lanes that would go on with a slot of this resource, unless they lack another too. */
  waitingFor(resource: string): readonly Lane[] {
    return this.heaps.get(resource)?.all ?? [];
  }

  private openLane(key: string, { runId, priority, resources }: SlotRequest): Lane {
    const turnKey = `${runId} ${priority}`;
    const turn = this.turns.get(turnKey) ?? {
      key: turnKey,
      priority,
      servedAt: this.grants,
      lanes: new Set(),
    };
    const lane: Lane = {
      key,
      requests: [],
      head: 0,
      size: 0,
      resources,
      turn,
      arrival: this.arrivals++,
      rank: rankOf(turn),
      parkedAt: NEW,
      index: 0,
    };
    this.turns.set(turnKey, turn);
    turn.lanes.add(lane);
    this.lanes.set(key, lane);
    this.heap(NEW).add(lane);
    this.open.add(NEW);
    return lane;
  }

  private closeLane(lane: Lane): void {
    const { turn } = lane;
    this.lanes.delete(lane.key);
    this.heaps.get(lane.parkedAt)?.remove(lane);
    this.dropEmptyHeap(lane.parkedAt);
    turn.lanes.delete(lane);
    if (turn.lanes.size === 0) this.turns.delete(turn.key);
  }

  private best(): Lane | undefined {
    let best: Lane | undefined;
    for (const resource of this.open) {
      const first = this.heaps.get(resource)?.first;
      if (first === undefined) this.open.delete(resource);
      else if (
        best === undefined ||
        first.rank > best.rank ||
        (first.rank === best.rank && first.arrival < best.arrival)
      )
        best = first;
    }
    return best;
  }

  private park(lane: Lane, resource: string): void {
    if (lane.parkedAt === resource) return;
    this.heaps.get(lane.parkedAt)?.remove(lane);
    this.dropEmptyHeap(lane.parkedAt);
    lane.parkedAt = resource;
    this.heap(resource).add(lane);
  }

  private serve(lane: Lane): SlotRequest | undefined {
    while (lane.requests[lane.head] === undefined) lane.head++;
    const request = lane.requests[lane.head++];
    if (request === undefined) return undefined;
    this.places.delete(request.id);
    lane.turn.servedAt = ++this.grants;
    if (--lane.size === 0) this.closeLane(lane);
    for (const each of lane.turn.lanes) {
      each.rank = rankOf(lane.turn);
      this.heaps.get(each.parkedAt)?.moved(each);
    }
    return request;
  }

  private heap(resource: string): LaneHeap {
    const heap = this.heaps.get(resource) ?? new LaneHeap();
    this.heaps.set(resource, heap);
    return heap;
  }

  private dropEmptyHeap(resource: string): void {
    if (this.heaps.get(resource)?.first === undefined) this.heaps.delete(resource);
  }
}

/** Falls behind by one with each grant of others after its own, so it never has to be counted up for those who wait. */
const rankOf = ({ priority, servedAt }: Turn): number => priority * GRANTS_PER_PRIORITY - servedAt;
