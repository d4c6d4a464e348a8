/** The runs of this process together: one store, one committer, one pool, one lease heartbeat, one look at the inbox. */
import type { Clock } from '../kernel/clock.ts';
import type { Store } from '../store/port.ts';
import { Committer } from './committer.ts';
import type { RunHost } from './run-host.ts';
import { type SlotLimits, Slots } from './slots.ts';

/** A dead owner is noticed at once through the store; the lease only bounds what the store cannot see. */
export const LEASE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
/** Other processes' requests are applied within 250 ms. */
const INBOX_MS = 200;

export class Engine {
  readonly committer: Committer;
  readonly slots: Slots;
  private readonly hosts = new Map<string, RunHost>();
  private heartbeat: NodeJS.Timeout | undefined;
  private inbox: NodeJS.Timeout | undefined;

  constructor(
    readonly store: Store,
    readonly clock: Clock,
    limits: SlotLimits,
  ) {
    this.committer = new Committer(store);
    this.slots = new Slots(limits);
  }

  add(host: RunHost): void {
    this.hosts.set(host.run.runId, host);
    // A live run keeps the process alive by its work; these two only watch.
    // A store that refuses tells so at the next commit, where the run can be stopped in order; here the next round tries again.
    this.heartbeat ??= setInterval(() => void this.beat().catch(() => {}), HEARTBEAT_MS).unref();
    this.inbox ??= setInterval(() => void this.readInbox().catch(() => {}), INBOX_MS).unref();
  }

  remove(runId: string): void {
    this.hosts.delete(runId);
    if (this.hosts.size > 0) return;
    clearInterval(this.heartbeat);
    clearInterval(this.inbox);
    this.heartbeat = undefined;
    this.inbox = undefined;
  }

  get runs(): readonly RunHost[] {
    return [...this.hosts.values()];
  }

  /** Applies what other processes left for our runs, as machine events, in the same transaction that takes it out. */
  async readInbox(): Promise<void> {
    if (this.hosts.size === 0) return;
    for (const { id, runId, event } of await this.store.inbox([...this.hosts.keys()])) {
      const host = this.hosts.get(runId);
      if (host === undefined) continue;
      host.run.recorder.inboxTaken(id);
      host.send(event);
    }
  }

  /** Gives up every run as it stands on disk and closes the store. */
  async close(): Promise<void> {
    this.committer.flush();
    for (const host of this.runs) {
      await host.stop();
      this.remove(host.run.runId);
    }
    this.slots.stop();
    await this.store.close();
  }

  private async beat(): Promise<void> {
    await this.store.heartbeat(this.clock.now(), LEASE_MS);
  }
}
