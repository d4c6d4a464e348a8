/** The process-wide pool machine, and each run's way to it: which resources a step needs, and who is told when they are free. */

import { createActor } from 'xstate';
import type { StepPlan } from '#compiler';
import { poolMachine, type SlotRequest } from '#machines';

export interface SlotLimits {
  /** Steps at once over all runs of this process. */
  concurrency: number;
  /** Configured pools by name. */
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

  constructor(private readonly limits: SlotLimits) {
    const initial: Record<string, number> = { process: limits.concurrency };
    for (const [name, limit] of Object.entries(limits.pools)) initial[`pool:${name}`] = limit;
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
    if (Object.hasOwn(this.limits.pools, pool)) resources.push(`pool:${pool}`);
    if (Object.hasOwn(run.pools, pool)) resources.push(`run:${run.runId}:pool:${pool}`);
    return resources;
  }

  /** A step's own priority, unless its pool serves first come, first served. */
  priorityOf(run: RunLimits, step: StepPlan): number {
    return run.unordered.has(step.pool ?? step.kind) ? 0 : step.priority;
  }

  request(request: SlotRequest, onGranted: () => void): void {
    this.granted.set(request.id, onGranted);
    this.pool.send({ type: 'slot.request', request });
  }
  /** For an attempt that already runs, after a restore. */
  seat(request: SlotRequest): void {
    this.pool.send({ type: 'slot.seat', request });
  }
  release(id: string): void {
    this.granted.delete(id);
    this.pool.send({ type: 'slot.release', id });
  }
  withdraw(id: string): void {
    this.granted.delete(id);
    this.pool.send({ type: 'slot.withdraw', id });
  }

  /** Everything a run that is given up holds or waits for; none of it is granted to that run again on the way. */
  withdrawAll(ids: readonly string[]): void {
    for (const id of ids) this.granted.delete(id);
    for (const id of ids) this.withdraw(id);
  }

  /** Slots taken now, by resource. */
  get used(): Readonly<Record<string, number>> {
    return this.pool.getSnapshot().context.used;
  }
  /** How many requests wait. */
  get waiting(): number {
    return this.pool.getSnapshot().context.waiting.size;
  }

  stop(): void {
    this.pool.stop();
  }

  private limit(resource: string, limit: number | null): void {
    this.pool.send({ type: 'limit.set', resource, limit });
  }

  private tell(request: SlotRequest): void {
    const onGranted = this.granted.get(request.id);
    this.granted.delete(request.id);
    onGranted?.();
  }
}
