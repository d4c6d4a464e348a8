/** `keystone pools`: the configured pools, who holds their slots and who waits, over all processes of the project. */
import type { PoolPart } from '../store/port.ts';
import { type Project, withStore } from './project.ts';

export interface PoolUser {
  runId: string;
  workflow: string;
  step: string;
  /** Of the wall clock in ms: since when it holds the slot, or waits. */
  since: number;
}

export interface PoolView {
  pool: string;
  limit: number;
  used: number;
  /** `used` of `limit`, from 0 to 1. */
  utilization: number;
  /** Steps that wait. */
  queued: number;
  /** Of those that wait now, in ms; 0 when none does. */
  longestWaitMs: number;
  /** Longest first. */
  holders: PoolUser[];
  waiting: PoolUser[];
  /** Processes that have a part of the pool or wait for one. */
  processes: { owner: string; slots: number; wants: number }[];
}

export async function listPools(project: Project): Promise<PoolView[]> {
  return withStore(project, async ({ pools }) => {
    const [slots, parts] = [await pools.slots(), await pools.parts()];
    return Object.entries(project.config.pools).map(([pool, { limit }]) => {
      const of = (state: 'held' | 'waiting'): PoolUser[] =>
        slots
          .filter((slot) => slot.pool === pool && slot.state === state)
          .map(({ runId, workflow, path, since }) => ({ runId, workflow, step: path, since }));
      const [holders, waiting] = [of('held'), of('waiting')];
      const oldest = waiting[0]?.since;
      return {
        pool,
        limit,
        used: holders.length,
        utilization: holders.length / limit,
        queued: waiting.length,
        longestWaitMs: oldest === undefined ? 0 : Math.max(0, project.clock.now() - oldest),
        holders,
        waiting,
        processes: parts.filter((part: PoolPart) => part.pool === pool).map(({ pool: _, ...part }) => part),
      };
    });
  });
}
