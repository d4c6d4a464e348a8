/**
 * Configured pools. Processes own parts of a pool and let their steps hold slots of their part without asking anybody, so a
 * process that is alone writes once; the steps that hold slots are rows in the commits that are made anyway.
 */
import { fairShares } from '../fair-shares.ts';
import type { PoolClaim, PoolPart, PoolShare, PoolStore, RunBatch, SlotRow } from '../port.ts';
import type { Database } from './database.ts';

interface Part extends PoolPart {
  /** Since when it wants more, or else when its part last changed. */
  since: number;
}

export interface PoolsParts {
  database: Database;
  owner: string;
  isAlive(owner: string): boolean;
}

export class SqljsPoolStore implements PoolStore {
  #foreignWrites = -1;

  constructor(private readonly options: PoolsParts) {}

  // No process outlives a power cut, so nothing of this has to wait for the disk.

  async share(claims: readonly PoolClaim[], now: number): Promise<PoolShare[]> {
    const { database } = this.options;
    return database.writeUnsynced(() => {
      this.#foreignWrites = database.foreignWrites;
      return claims.map((claim) => this.#share(claim, now));
    });
  }

  changed(): boolean {
    const { database } = this.options;
    return this.#foreignWrites !== database.foreignWrites || database.changedElsewhere();
  }

  async giveUp(): Promise<void> {
    const { database, owner } = this.options;
    database.writeUnsynced(() => database.prepare('DELETE FROM pool_parts WHERE owner = ?').run(owner));
  }

  async parts(): Promise<PoolPart[]> {
    const { database, isAlive } = this.options;
    const rows = database.read(() =>
      database
        .prepare('SELECT pool, owner, slots, wants, configured FROM pool_parts ORDER BY pool, owner')
        .all([], (row) => ({
          pool: row.text(0),
          owner: row.text(1),
          slots: row.integer(2),
          wants: row.integer(3),
          limit: row.integer(4),
        })),
    );
    return rows.filter(({ owner }) => isAlive(owner));
  }

  async slots(): Promise<(SlotRow & { runId: string; workflow: string; owner: string })[]> {
    const { database, isAlive } = this.options;
    const rows = database.read(() =>
      database
        .prepare(
          `SELECT s.path, s.pool, s.state, s.since, s.run, runs.workflow, runs.owner FROM pool_slots s
           JOIN runs ON runs.id = s.run WHERE runs.owner IS NOT NULL ORDER BY s.since, s.run, s.path`,
        )
        .all([], (row) => ({
          path: row.text(0),
          pool: row.text(1),
          state: row.text(2) as SlotRow['state'],
          since: row.integer(3),
          runId: row.text(4),
          workflow: row.text(5),
          owner: row.text(6),
        })),
    );
    const alive = new Map([...new Set(rows.map(({ owner }) => owner))].map((each) => [each, isAlive(each)]));
    return rows.filter(({ owner }) => alive.get(owner));
  }

  /** In the transaction of a batch. */
  apply({ runId, slots, slotsGone }: RunBatch): void {
    const { database } = this.options;
    for (const path of slotsGone ?? [])
      database.prepare('DELETE FROM pool_slots WHERE run = ? AND path = ?').run(runId, path);
    for (const { path, pool, state, since } of slots ?? [])
      database
        .prepare('INSERT OR REPLACE INTO pool_slots (run, path, pool, state, since) VALUES (?, ?, ?, ?, ?)')
        .run(runId, path, pool, state, since);
  }

  #share({ pool, limit: configured, used, waiting, known }: PoolClaim, now: number): PoolShare {
    const before = this.#living(pool);
    const { owner } = this.options;
    const stored = before.find((part) => part.owner === owner);
    const mine = { pool, owner, slots: 0, wants: 0, since: now, ...stored, limit: configured };
    const others = before.filter((part) => part.owner !== owner && part.slots + part.wants > 0);
    const demand = used + waiting;
    if (others.length === 0) {
      const slots = demand > 0 ? configured : mine.slots;
      this.#put({ ...mine, slots, wants: 0 }, stored);
      return { slots, usable: slots, contended: false, limit: configured };
    }
    const limit = lowestOf([mine, ...others]);
    const begins = mine.wants === 0 && demand > mine.slots;
    const parts = [{ ...mine, since: begins ? now : mine.since }, ...others];
    const claims = parts.map((part) => ({
      ...part,
      demand: part.owner === owner ? demand : part.slots + part.wants,
    }));
    const fair = fairShares(claims, limit);
    // Only its owner may make a part smaller: nobody else knows what is in use. What nobody wants stays where it is.
    const due = others.some(({ wants }) => wants > 0) ? (fair.get(owner) ?? 0) : mine.slots;
    const given = Math.min(waiting, Math.max(0, mine.slots - Math.max(known, used)));
    const elsewhere = others.reduce((sum, { slots }) => sum + slots, 0);
    const kept = Math.max(used + given, Math.min(mine.slots, due, limit - elsewhere));
    let free = limit - kept - elsewhere;
    const settled = parts.map((part) => {
      const has = part.owner === owner ? kept : part.slots;
      const more = Math.max(0, Math.min(free, (fair.get(part.owner) ?? 0) - has));
      free -= more;
      const wanted = part.owner === owner ? Math.max(0, demand - has) : part.wants;
      const wants = Math.max(0, wanted - more);
      return { ...part, slots: has + more, wants, since: more > 0 || has < part.slots ? now : part.since };
    });
    for (const part of settled)
      this.#put(
        part,
        before.find(({ owner: who }) => who === part.owner),
      );
    const slots = settled[0]?.slots ?? 0;
    const contended = settled.slice(1).some(({ wants }) => wants > 0);
    return {
      slots,
      usable: contended ? Math.min(slots, Math.max(given && used + given, fair.get(owner) ?? 0)) : slots,
      contended,
      limit,
    };
  }

  /** The parts of a pool, without those of processes that are gone. */
  #living(pool: string): Part[] {
    const { database, isAlive } = this.options;
    const rows = database
      .prepare('SELECT owner, slots, wants, since, configured FROM pool_parts WHERE pool = ? ORDER BY owner')
      .all(
        [pool],
        (row): Part => ({
          pool,
          owner: row.text(0),
          slots: row.integer(1),
          wants: row.integer(2),
          since: row.integer(3),
          limit: row.integer(4),
        }),
      );
    return rows.filter(({ owner }) => {
      if (isAlive(owner)) return true;
      database.prepare('DELETE FROM pool_parts WHERE owner = ?').run(owner);
      return false;
    });
  }

  /** A look that changes nothing writes nothing. */
  #put(part: Part, before: Part | undefined): void {
    const { pool, owner, slots, wants, since, limit } = part;
    if (before?.slots === slots && before.wants === wants && before.since === since && before.limit === limit)
      return;
    this.options.database
      .prepare(
        'INSERT OR REPLACE INTO pool_parts (pool, owner, slots, wants, since, configured) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(pool, owner, slots, wants, since, limit);
  }
}

const lowestOf = (parts: readonly Part[]): number =>
  Math.min(...parts.flatMap(({ limit }) => (limit > 0 ? [limit] : [])));
