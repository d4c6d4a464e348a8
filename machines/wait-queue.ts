/**
 * Waiting slot requests: by priority, then fair between runs (the run served longest ago goes first), then by age.
 * Requests that need the same resources share a lane, so a release looks at lane heads and never scans all waiters.
 */
import type { SlotRequest } from './pool.ts';

interface Lane {
  /** Waiting requests of one run, one set of resources and one priority, oldest first; holes are withdrawn ones. */
  requests: (SlotRequest | undefined)[];
  head: number;
  /** How many were forgotten before the first of `requests`. */
  forgotten: number;
  priority: number;
  runId: string;
}

/** Past the head, which was served; a lane that is never empty must not remember everybody it served. */
function advance(lane: Lane): void {
  lane.requests[lane.head++] = undefined;
  if (lane.head < 256 || lane.head * 2 < lane.requests.length) return;
  lane.requests.splice(0, lane.head);
  lane.forgotten += lane.head;
  lane.head = 0;
}

/** A request passed over this often is treated as one priority higher: no starvation. */
const AGE_PER_PRIORITY = 64;

export class WaitQueue {
  private readonly lanes = new Map<string, Lane>();
  private readonly places = new Map<string, { lane: string; index: number; since: number }>();
  private readonly lastServed = new Map<string, number>();
  private grants = 0;

  get size(): number {
    return this.places.size;
  }

  add(request: SlotRequest): void {
    const key = `${request.runId} ${request.priority} ${request.resources.join(' ')}`;
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = { requests: [], head: 0, forgotten: 0, priority: request.priority, runId: request.runId };
      this.lanes.set(key, lane);
    }
    lane.requests.push(request);
    this.places.set(request.id, {
      lane: key,
      index: lane.forgotten + lane.requests.length - 1,
      since: this.grants,
    });
  }

  /** @returns false when it was not waiting. */
  remove(id: string): boolean {
    const place = this.places.get(id);
    if (place === undefined) return false;
    this.places.delete(id);
    const lane = this.lanes.get(place.lane);
    if (lane !== undefined) lane.requests[place.index - lane.forgotten] = undefined;
    return true;
  }

  /** Removes and returns the best request that fits; O(lanes). */
  takeFirst(fits: (request: SlotRequest) => boolean): SlotRequest | undefined {
    let best: { request: SlotRequest; lane: Lane; rank: number; served: number; since: number } | undefined;
    for (const [key, lane] of this.lanes) {
      const request = this.first(key, lane);
      if (request === undefined || !fits(request)) continue;
      const since = this.places.get(request.id)?.since ?? this.grants;
      const rank = lane.priority + Math.floor((this.grants - since) / AGE_PER_PRIORITY);
      const served = this.lastServed.get(lane.runId) ?? -1;
      if (
        best === undefined ||
        rank > best.rank ||
        (rank === best.rank && (served < best.served || (served === best.served && since < best.since)))
      ) {
        best = { request, lane, rank, served, since };
      }
    }
    if (best === undefined) return undefined;
    advance(best.lane);
    this.places.delete(best.request.id);
    this.lastServed.set(best.request.runId, this.grants++);
    return best.request;
  }

  private first(key: string, lane: Lane): SlotRequest | undefined {
    while (lane.head < lane.requests.length && lane.requests[lane.head] === undefined) lane.head++;
    const request = lane.requests[lane.head];
    if (request === undefined) {
      this.lanes.delete(key);
      this.forgetIdleRuns();
    }
    return request;
  }

  /** Keeps the fairness memory as small as the set of waiting runs. */
  private forgetIdleRuns(): void {
    if (this.lastServed.size < 1024) return;
    const waiting = new Set(Array.from(this.lanes.values(), (lane) => lane.runId));
    for (const runId of this.lastServed.keys()) if (!waiting.has(runId)) this.lastServed.delete(runId);
  }
}
