/**
 * The position of each path of a run: paths are numbered as they first appear. Kept in memory for the runs this process
 * writes, because an index of paths would cost a page, and often several, in nearly every commit.
 */
import type { Database } from './database.ts';

interface Known {
  positions: Map<string, number>;
  last: number;
  /** Writes of other processes seen when it was read. */
  foreignWrites: number;
}

export class StepPositions {
  readonly #runs = new Map<string, Known>();

  constructor(private readonly database: Database) {}

  /**
   * Before the steps of a run are written in a transaction. What is known holds while nobody else can have written them:
   * this process owns the run (`forget` is called when it takes it over), or no other process wrote anything.
   */
  begin(runId: string, situation: 'created' | 'owned' | 'unowned'): void {
    const { foreignWrites } = this.database;
    const known = this.#runs.get(runId);
    if (situation === 'created') {
      this.#runs.set(runId, { positions: new Map(), last: 0, foreignWrites });
    } else if (situation === 'unowned' && known?.foreignWrites !== foreignWrites) this.forget(runId);
  }

  /** The path's position; a new path gets the next one. */
  of(runId: string, path: string): number {
    let known = this.#runs.get(runId);
    if (known === undefined) {
      known = this.#read(runId);
      this.#runs.set(runId, known);
    }
    const found = known.positions.get(path);
    if (found !== undefined) return found;
    known.last += 1;
    known.positions.set(path, known.last);
    return known.last;
  }

  forget(runId: string): void {
    this.#runs.delete(runId);
  }

  /** After a transaction that failed: numbers it gave are not in the database. */
  forgetAll(): void {
    this.#runs.clear();
  }

  #read(runId: string): Known {
    const positions = new Map<string, number>();
    let last = 0;
    this.database
      .prepare('SELECT path, position FROM steps WHERE run = ? ORDER BY position')
      .all([runId], (row) => {
        last = row.integer(1);
        positions.set(row.text(0), last);
      });
    return { positions, last, foreignWrites: this.database.foreignWrites };
  }
}
