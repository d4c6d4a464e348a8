/** The process-wide pool machine, and each run's way to it: which resources a step needs, and who is told when they are free. */

import { createActor } from 'xstate';
import type { StepPlan } from '#compiler';
import { demandFor, poolMachine, type SlotRequest } from '#machines';

export interface SlotLimits {
  /** Steps at once over all runs of this process. */
  concurrency: number;
  /** Configured pools by name, shared with all processes of the project: see PoolShares for this one's part. */
  pools: Readonly<Record<string, number>>;
}

export interface RunLimits {
  runId: string;
  concurrency: number | undefined;
  /** The workflow's own pools; those that are also configured are capped by the configuration. */
  pools: Readonly<Record<string, number>>;
  /** Pools of the workflow with `priority: false`. */
  unordered: ReadonlySet<string>;
}

/** Id of the request of one step. */
export const slotIdOf = (runId: string, path: string): string => `${runId} ${path}`;

export class Slots {
  private readonly granted = new Map<string, () => void>();
  private readonly pool;
  private stopped = false;
  /** Of attempts that are to be made again, by slot id, until they have a slot: resolves when they have. */
  readonly seats = new Map<string, Promise<void>>();
  /** Called when slots were asked for or given back. */
  onChange: () => void = () => {};

  constructor(private readonly limits: SlotLimits) {
    const initial: Record<string, number> = { process: limits.concurrency };
    for (const name of Object.keys(limits.pools)) initial[`pool:${name}`] = 0;
    this.pool = createActor(
      poolMachine.provide({
        actions: {
          grant: (_, { request }) => this.tell(request),
          grantWaiting: (_, { grantNext }) => {
            for (let next = grantNext(); next !== undefined; next = grantNext()) this.tell(next);
          },
        },
      }),
      { input: { limits: initial } },
    );
    this.pool.start();
  }

  openRun(run: RunLimits): void {
    if (run.concurrency !== undefined) this.limit(`run:${run.runId}`, run.concurrency);
    for (const [name, limit] of Object.entries(run.pools)) this.limit(`run:${run.runId}:pool:${name}`, limit);
  }

  closeRun(run: RunLimits): void {
    if (run.concurrency !== undefined) this.limit(`run:${run.runId}`, null);
    for (const name of Object.keys(run.pools)) this.limit(`run:${run.runId}:pool:${name}`, null);
  }

  /** Resources one attempt of a step needs; its pool is the one it names, else its kind's when there is one. */
  resourcesOf(run: RunLimits, step: StepPlan): string[] {
    const resources = ['process'];
    if (run.concurrency !== undefined) resources.push(`run:${run.runId}`);
    const pool = step.pool ?? step.kind;
    if (Object.hasOwn(run.pools, pool)) resources.push(`run:${run.runId}:pool:${pool}`);
    // Last, so that who waits for it lacks nothing else.
    if (Object.hasOwn(this.limits.pools, pool)) resources.push(`pool:${pool}`);
    return resources;
  }

  /** The configured pool whose slot a step holds while it runs, if there is one. */
  sharedPoolOf(step: StepPlan): string | undefined {
    const pool = step.pool ?? step.kind;
    return Object.hasOwn(this.limits.pools, pool) ? pool : undefined;
  }

  /** A step's own priority, unless its pool serves first come, first served. */
  priorityOf(run: RunLimits, step: StepPlan): number {
    return run.unordered.has(step.pool ?? step.kind) ? 0 : step.priority;
  }

  request(request: SlotRequest, onGranted: () => void): void {
    this.granted.set(request.id, onGranted);
    this.pool.send({ type: 'slot.request', request });
    this.onChange();
  }
  /** Given back, or not waited for any more. */
  release(id: string): void {
    if (this.stopped) return;
    this.granted.delete(id);
    this.pool.send({ type: 'slot.release', id });
    this.onChange();
  }

  /** Everything a run that is given up holds or waits for; none of it is granted to that run again on the way. */
  withdrawAll(ids: readonly string[]): void {
    for (const id of ids) {
      this.granted.delete(id);
      this.seats.delete(id);
    }
    for (const id of ids) this.release(id);
  }

  /** Slots taken now, by resource. */
  get used(): Readonly<Record<string, number>> {
    return this.pool.getSnapshot().context.used;
  }
  /** How many requests wait. */
  get waiting(): number {
    return this.pool.getSnapshot().context.waiting.size;
  }

  /** Slots of a configured pool that steps of this process hold. */
  usedOf(pool: string): number {
    return this.used[`pool:${pool}`] ?? 0;
  }
  /** How many more would be taken at once if they were there; counts up to `most`. */
  demandFor(pool: string, most: number): number {
    return demandFor(this.pool.getSnapshot().context, `pool:${pool}`, most);
  }
  /** So many slots of a configured pool may be held in this process. */
  limitPool(pool: string, slots: number): void {
    this.limit(`pool:${pool}`, slots);
  }

  stop(): void {
    this.stopped = true;
    this.onChange = () => {};
    this.pool.stop();
  }

  private limit(resource: string, limit: number | null): void {
    if (this.stopped) return;
    this.pool.send({ type: 'limit.set', resource, limit });
  }

  private tell(request: SlotRequest): void {
    const onGranted = this.granted.get(request.id);
    this.granted.delete(request.id);
    onGranted?.();
  }
}
