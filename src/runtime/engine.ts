/** The runs of this process together: one store, one committer, one pool, one lease heartbeat, one look at the inbox. */
import type { Clock } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { EventRow, Store } from '../store/port.ts';
import { tell } from './actor-path.ts';
import { Committer } from './committer.ts';
import { PoolShares } from './pool-shares.ts';
import type { RunContext } from './run-context.ts';
import type { RunHost } from './run-host.ts';
import { type SlotLimits, Slots } from './slots.ts';
import { deliverAnswer, deliverEvent, eventWaits, matchesEvent, takerOf } from './waits.ts';

type EventWait = ReturnType<typeof eventWaits>[number];

/** A dead owner is noticed at once through the store; the lease only bounds what the store cannot see. */
export const LEASE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
/** Other processes' requests are applied within 250 ms. */
const INBOX_MS = 200;

export class Engine {
  readonly committer: Committer;
  readonly slots: Slots;
  readonly shares: PoolShares;
  private readonly hosts = new Map<string, RunHost>();
  private heartbeat: NodeJS.Timeout | undefined;
  private inbox: NodeJS.Timeout | undefined;
  private looking: NodeJS.Immediate | undefined;

  constructor(
    readonly store: Store,
    readonly clock: Clock,
    limits: SlotLimits,
  ) {
    this.committer = new Committer(store);
    this.slots = new Slots(limits);
    this.shares = new PoolShares({ store: store.pools, slots: this.slots, clock, limits: limits.pools });
  }

  add(host: RunHost): void {
    this.hosts.set(host.run.runId, host);
    // A live run keeps the process alive by its work; these two only watch.
    // A store that refuses tells so at the next commit, where the run can be stopped in order; here the next round tries again.
    this.heartbeat ??= setInterval(() => void this.beat().catch(() => {}), HEARTBEAT_MS).unref();
    this.inbox ??= setInterval(() => void this.look().catch(() => {}), INBOX_MS).unref();
  }

  remove(runId: string): void {
    this.hosts.delete(runId);
    if (this.hosts.size > 0) return;
    clearInterval(this.heartbeat);
    clearInterval(this.inbox);
    this.heartbeat = undefined;
    this.inbox = undefined;
    void this.shares.giveUp().catch(() => {}); // a process that is gone has no part either
  }

  get runs(): readonly RunHost[] {
    return [...this.hosts.values()];
  }

  private async look(): Promise<void> {
    this.shares.look();
    await this.readInbox();
    await this.readEvents();
    await this.readKeys();
    await this.readTurns();
  }

  /** Runs that waited for others of their workflow begin when none is before them. */
  async readTurns(): Promise<void> {
    for (const host of this.runs) {
      if (!host.awaitsTurn) continue;
      const others = await this.store.overlaps.takeTurn(host.run.runId);
      if (others.length > 0) host.waitFor(others);
      else host.send({ type: 'turn.come' });
    }
  }

  /** Applies what other processes left for our runs, as machine events, in the same transaction that takes it out. */
  async readInbox(): Promise<void> {
    if (this.hosts.size === 0) return;
    const canceled = new Set<string>();
    for (const { id, runId, event } of await this.store.inbox([...this.hosts.keys()])) {
      const host = this.hosts.get(runId);
      if (host === undefined) continue;
      host.run.recorder.add('inboxDone', id);
      if (event.type === 'CANCEL') {
        // Typed twice before the first was heard it is one.
        if (canceled.has(runId)) continue;
        canceled.add(runId);
      }
      if (event.type === 'ANSWER') applyAnswer(host.run, event);
      else host.send(event);
    }
  }

  /** Whether others have sent something to these runs, or an event that one of their steps waits for. */
  async hasNews(hosts: readonly RunHost[]): Promise<boolean> {
    if ((await this.store.inbox(hosts.map(({ run }) => run.runId))).length > 0) return true;
    const waits = hosts.flatMap(({ run }) => eventWaits(run).map((wait) => ({ run, wait })));
    if (waits.length === 0) return false;
    const events = await this.store.events(
      [...new Set(waits.map(({ wait }) => wait.on.event))],
      this.clock.now(),
    );
    return waits.some(({ run, wait }) => events.some((event) => isFor(run, wait, event)));
  }

  /** At the end of this turn: several steps that begin to wait share one look. */
  lookSoon(): void {
    if (this.looking !== undefined) return;
    this.looking = setImmediate(() => {
      this.looking = undefined;
      void this.look().catch(() => {});
    });
  }

  /** Hands events to the steps that wait for them: the oldest event to the step that has waited longest. */
  async readEvents(): Promise<void> {
    const waits = this.runs.flatMap(({ run }) => eventWaits(run).map((wait) => ({ run, wait })));
    if (waits.length === 0) return;
    const names = [...new Set(waits.map(({ wait }) => wait.on.event))];
    const events = await this.store.events(names, this.clock.now());
    for (const { run, wait } of waits.sort((a, b) => a.wait.since - b.wait.since)) {
      for (const event of events) {
        if (!(await this.offer(run, wait, event))) continue;
        break;
      }
    }
  }

  /** @returns whether the wait is over. */
  private async offer(run: RunContext, wait: EventWait, event: EventRow): Promise<boolean> {
    if (run.waits.get(wait.path)?.on !== wait.on) return true;
    if (!isFor(run, wait, event)) return false;
    const taker = takerOf(run, wait.path);
    if (wait.on.oneShot && event.takenBy === undefined) {
      if (!(await this.store.takeEvent(event.id, taker))) return false;
      event.takenBy = taker;
    }
    deliverEvent(run, wait.path, event);
    return true;
  }

  /** Tells steps that wait for a key when its step has ended, or the process that ran it. */
  async readKeys(): Promise<void> {
    const waits = this.runs.flatMap(({ run }) => [...run.keys.waits.values()].map((wait) => ({ run, wait })));
    if (waits.length === 0) return;
    const keys = waits.map(({ run, wait }) => ({ ...wait.key, by: run.runId }));
    const holders = await this.store.dedup.holders(keys, this.clock.now());
    for (const [index, { run, wait }] of waits.entries()) {
      if (holders[index] !== wait.who && run.keys.waits.get(wait.path) === wait)
        tell(run.active.get(wait.path), { type: 'key.changed' });
    }
  }

  /** Gives up every run as it stands on disk and closes the store. */
  async close(): Promise<void> {
    this.committer.flush();
    await Promise.all(this.runs.map((host) => host.stop()));
    for (const host of this.runs) this.remove(host.run.runId);
    this.shares.stop();
    this.slots.stop();
    await this.store.close();
  }

  private async beat(): Promise<void> {
    await this.store.heartbeat(this.clock.now(), LEASE_MS);
  }
}

const isFor = (run: RunContext, wait: EventWait, event: EventRow): boolean =>
  (event.takenBy === undefined || event.takenBy === takerOf(run, wait.path)) &&
  matchesEvent(run, wait, event);

/** One that no longer fits (given twice, or too late) is told in the log of the run and changes nothing. */
function applyAnswer(run: RunContext, { path, value }: JsonObject): void {
  try {
    deliverAnswer(run, String(path), (value ?? null) as Json);
  } catch (error) {
    run.recorder.emit({
      type: 'log',
      path: String(path),
      text: `answer refused: ${(error as Error).message}`,
    });
  }
}
