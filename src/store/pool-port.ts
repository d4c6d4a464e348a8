/** The part of the Store port about configured pools: how many of each process's steps may hold one, and which do. */

/** A step that holds a slot of a configured pool, or waits for one. Goes into the commit of the transition that made it so. */
export interface SlotRow {
  path: string;
  pool: string;
  state: 'waiting' | 'held';
  /** Wall clock in ms. */
  since: number;
}

/** What a process says of one pool. */
export interface PoolClaim {
  pool: string;
  /** Slots of all processes together, as this process has it configured. */
  limit: number;
  /** Slots that steps of this process hold. */
  used: number;
  /** How many more its steps would take at once. */
  waiting: number;
  /** Slots it had by the last answer: what it was given since is used once before it is passed on. */
  known: number;
}

/** A process's part of a pool. */
export interface PoolShare {
  /** Slots that are its own until it asks again. */
  slots: number;
  /** Up to how many its steps may take; fewer than it has when it is to give some back as soon as their steps have ended. */
  usable: number;
  /** Others wait for some. */
  contended: boolean;
  /** Slots of all processes together: the lowest limit of those that use the pool. */
  limit: number;
}

/** A process's part of a pool, as all see it. */
export interface PoolPart {
  pool: string;
  owner: string;
  slots: number;
  /** Slots it waits for. */
  wants: number;
  /** As it has the pool's limit configured. */
  limit: number;
}

export interface PoolStore {
  /**
   * Decides, between all processes, which part of each pool is this process's now: it gives back what others should have, takes
   * what it should have and is free, and hands on what is left. Parts of all live processes are never more than the limit
   * together, which is the lowest that one of them has configured; a dead process has none. Done before the call returns.
   */
  share(claims: readonly PoolClaim[], now: number): Promise<PoolShare[]>;
  /** Others may have changed something since the last `share`. One read of 8 bytes. */
  changed(): boolean;
  /** Nothing of this process needs a pool for now. */
  giveUp(): Promise<void>;
  /** Parts of live processes. */
  parts(): Promise<PoolPart[]>;
  /** Steps of runs that somebody runs, oldest first. */
  slots(): Promise<(SlotRow & { runId: string; workflow: string; owner: string })[]>;
}
