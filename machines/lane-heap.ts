/** Lanes of waiting requests by rank, highest first: adding, taking out and a changed rank cost O(log n). */
import type { Lane } from './wait-queue.ts';

/** @returns whether `a` goes before `b`. */
const isBefore = (a: Lane, b: Lane): boolean => (a.rank !== b.rank ? a.rank > b.rank : a.arrival < b.arrival);

export class LaneHeap {
  private readonly lanes: Lane[] = [];

  get first(): Lane | undefined {
    return this.lanes[0];
  }
  get all(): readonly Lane[] {
    return this.lanes;
  }

  add(lane: Lane): void {
    this.put(lane, this.lanes.length);
    this.rise(lane.index);
  }

  remove(lane: Lane): void {
    const last = this.lanes.pop();
    if (last === undefined || last === lane) return;
    this.put(last, lane.index);
    this.moved(last);
  }

  /** Its rank is another now. */
  moved(lane: Lane): void {
    this.rise(lane.index);
    this.sink(lane.index);
  }

  private put(lane: Lane, index: number): void {
    this.lanes[index] = lane;
    lane.index = index;
  }

  private rise(from: number): void {
    const lane = this.lanes[from];
    if (lane === undefined) return;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.lanes[above];
      if (parent === undefined || !isBefore(lane, parent)) break;
      this.put(parent, index);
      index = above;
    }
    this.put(lane, index);
  }

  private sink(from: number): void {
    const lane = this.lanes[from];
    if (lane === undefined) return;
    let index = from;
    for (;;) {
      const left = this.lanes[2 * index + 1];
      const right = this.lanes[2 * index + 2];
      const best = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (best === undefined || !isBefore(best, lane)) break;
      const below = best.index;
      this.put(best, index);
      index = below;
    }
    this.put(lane, index);
  }
}
