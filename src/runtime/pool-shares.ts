/**
 * This process's part of each configured pool. Steps take slots of the part without asking anybody; the store is asked when the
 * part is too small or others wait, so a process that is alone pays one write for a pool, not one for a step.
 */
import type { Clock } from '../kernel/clock.ts';
import type { PoolShare, PoolStore } from '../store/port.ts';
import type { Slots } from './slots.ts';

/** How soon slots that others gave back are noticed by those who wait for them. */
const POLL_MS = 50;

interface Part {
  readonly pool: string;
  /** As it is configured here. */
  readonly configured: number;
  slots: number;
  /** Up to how many steps may take; see PoolShare. */
  usable: number;
  /** How many more were wanted when the store had answered. */
  wants: number;
  /** Others wait for slots of this pool. */
  contended: boolean;
}

export interface PoolSharesOptions {
  store: PoolStore;
  slots: Slots;
  clock: Clock;
  /** Configured pools by name. */
  limits: Readonly<Record<string, number>>;
}

export class PoolShares {
  private readonly parts: readonly Part[];
  private readonly due = new Set<Part>();
  private asking = false;
  /** Counts up when all is given up: answers to questions from before count no more. */
  private era = 0;
  private stopped = false;
  /** A run may have nothing else that keeps the process alive than its wait for a slot. */
  private poll: NodeJS.Timeout | undefined;

  constructor(private readonly options: PoolSharesOptions) {
    this.parts = Object.entries(options.limits).map(([pool, limit]) => ({
      pool,
      configured: limit,
      slots: 0,
      usable: 0,
      wants: 0,
      contended: false,
    }));
    if (this.parts.length > 0) options.slots.onChange = () => this.notice();
  }

  /** On every look of the engine: what others did, and whether those we wait for are still there. */
  look(): void {
    const mine = this.parts.filter(({ slots, wants }) => slots > 0 || wants > 0);
    if (mine.length === 0) return;
    if (this.poll === undefined && !mine.some(({ contended }) => contended) && !this.options.store.changed())
      return;
    for (const part of mine) this.ask(part);
  }

  /** No run of this process is left. */
  async giveUp(): Promise<void> {
    const had = this.parts.filter(({ slots, wants }) => slots > 0 || wants > 0);
    this.keepPolling(false);
    if (had.length === 0 || this.stopped) return;
    this.era++;
    for (const part of had) {
      Object.assign(part, { slots: 0, usable: 0, wants: 0, contended: false });
      this.options.slots.limitPool(part.pool, 0);
    }
    await this.options.store.giveUp();
  }

  stop(): void {
    this.stopped = true;
    this.keepPolling(false);
  }

  private notice(): void {
    for (const part of this.parts) {
      const { pool, slots, usable, configured, wants } = part;
      const misjudged = usable < configured && this.options.slots.demandFor(pool, configured) !== wants;
      const givesBack = usable < slots && this.options.slots.usedOf(pool) < slots;
      if (misjudged || givesBack) this.ask(part);
    }
  }

  /** At the end of this turn's work, once for all that happened in it. */
  private ask(part: Part): void {
    this.due.add(part);
    if (this.asking || this.stopped) return;
    this.asking = true;
    queueMicrotask(() => void this.settle());
  }

  private async settle(): Promise<void> {
    const { store, slots, clock } = this.options;
    try {
      while (this.due.size > 0 && !this.stopped) {
        const parts = [...this.due];
        this.due.clear();
        const claims = parts.map(({ pool, configured: limit, slots: known }) => {
          const used = slots.usedOf(pool);
          const waiting = slots.demandFor(pool, limit);
          // Until the store has answered nothing more is granted, or what is given back could be in use already.
          slots.limitPool(pool, used);
          return { pool, limit, used, waiting, known };
        });
        const { era } = this;
        const shares = await store.share(claims, clock.now());
        if (era !== this.era || this.stopped) continue;
        for (const [index, part] of parts.entries()) this.take(part, shares[index]);
      }
    } catch {
      // The store refuses: runs learn it from their commits; the next look asks again.
    } finally {
      this.asking = false;
    }
  }

  private take(part: Part, share: PoolShare | undefined): void {
    if (share === undefined) return;
    const isGiven = share.contended && share.slots > part.slots;
    Object.assign(part, share);
    this.options.slots.limitPool(part.pool, share.usable);
    const { pool, configured } = part;
    part.wants = share.usable < configured ? this.options.slots.demandFor(pool, configured) : 0;
    this.keepPolling(this.parts.some(({ wants }) => wants > 0));
    // Now that they are in use it may be told to pass them on afterwards.
    if (isGiven) this.due.add(part);
  }

  private keepPolling(wanted: boolean): void {
    if (!wanted) {
      clearInterval(this.poll);
      this.poll = undefined;
    } else this.poll ??= setInterval(() => this.options.store.changed() && this.look(), POLL_MS);
  }
}
