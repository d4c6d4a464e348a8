/**
 * Who needs which blob. A holder is written down before the blob gets its name, and a blob is removed only under the lock and
 * while it has no holder: so a writer who finds a blob there already can rely on it.
 */
import type { Database } from './database.ts';

/** Holder of what is kept for an effect with a name; a space makes it no run's. */
export const dedupHolder = ({ scope, hash }: { scope: string; hash: string }): string =>
  `dedup ${scope} ${hash}`;

export class BlobUses {
  constructor(private readonly database: Database) {}

  /** A transaction of its own. After a power cut nobody is alive who relied on it. */
  claim(holder: string, blob: string): void {
    const known = this.database.read(() => this.#has(holder, blob));
    if (!known) this.database.writeUnsynced(() => this.add(holder, [blob]));
  }

  /** In a transaction. */
  add(holder: string, blobs: Iterable<string>): void {
    for (const blob of blobs)
      this.database
        .prepare('INSERT INTO blob_uses (holder, blob) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(holder, blob);
  }

  /** In a transaction. What only this holder needed is garbage from now on. */
  giveUp(holder: string): void {
    const { database } = this;
    database
      .prepare(
        `INSERT INTO blob_garbage (blob) SELECT blob FROM blob_uses AS mine WHERE holder = ?1
         AND NOT EXISTS (SELECT 1 FROM blob_uses AS other WHERE other.blob = mine.blob AND other.holder <> ?1)
         ON CONFLICT DO NOTHING`,
      )
      .run(holder);
    database.prepare('DELETE FROM blob_uses WHERE holder = ?').run(holder);
  }

  /** In a transaction. Events are looked through: they are few, and gone soon. */
  isUsed(blob: string): boolean {
    const { database } = this;
    const one = (): number => 1;
    return (
      database.prepare('SELECT 1 FROM blob_uses WHERE blob = ? LIMIT 1').get([blob], one) !== undefined ||
      database.prepare('SELECT 1 FROM events WHERE instr(data, ?) > 0 LIMIT 1').get([blob], one) !== undefined
    );
  }

  #has(holder: string, blob: string): boolean {
    const found = this.database
      .prepare('SELECT 1 FROM blob_uses WHERE holder = ? AND blob = ?')
      .get([holder, blob], () => true);
    return found ?? false;
  }
}
