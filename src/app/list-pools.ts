/** `keystone pools`: the configured pools, who holds their slots and who waits, over all processes of the project. */
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
  /** Slots there are: the lowest limit of the processes that use it now, otherwise what is configured here. */
  limit: number;
  /** As it is configured here; null: it is not. */
  configured: number | null;
  used: number;
  /** `used` of `limit`, from 0; above 1 while more run than a limit that has just become lower allows. */
  utilization: number;
  /** Steps that wait. */
  queued: number;
  /** Of those that wait now, in ms; 0 when none does. */
  longestWaitMs: number;
  /** Longest first. */
  holders: PoolUser[];
  waiting: PoolUser[];
  /** Processes that have a part of the pool or wait for one, with the limit each has configured. */
  processes: { owner: string; slots: number; wants: number; limit: number }[];
}

export async function listPools(project: Project): Promise<PoolView[]> {
  return withStore(project, async ({ pools }) => {
    const [slots, parts] = [await pools.slots(), await pools.parts()];
    const names = new Set([...Object.keys(project.config.pools), ...parts.map(({ pool }) => pool)]);
    return [...names].map((pool) => {
      const configured = project.config.pools[pool]?.limit ?? null;
      const processes = parts.filter((part) => part.pool === pool).map(({ pool: _, ...part }) => part);
      const limit = limitOf(processes, configured);
      const of = (state: 'held' | 'waiting'): PoolUser[] =>
        slots
          .filter((slot) => slot.pool === pool && slot.state === state)
          .map(({ runId, workflow, path, since }) => ({ runId, workflow, step: path, since }));
      const [holders, waiting] = [of('held'), of('waiting')];
      const oldest = waiting[0]?.since;
      return {
        pool,
        limit,
        configured,
        used: holders.length,
        utilization: holders.length / limit,
        queued: waiting.length,
        longestWaitMs: oldest === undefined ? 0 : Math.max(0, project.clock.now() - oldest),
        holders,
        waiting,
        processes,
      };
    });
  });
}

function limitOf(processes: PoolView['processes'], configured: number | null): number {
  const limits = processes.flatMap(({ slots, wants, limit }) =>
    slots + wants > 0 && limit > 0 ? [limit] : [],
  );
  return limits.length > 0 ? Math.min(...limits) : (configured ?? 1);
}
