/** Group commit: everything all runs of this process changed in one turn of the event loop goes into one transaction. */
import type { RunBatch, Store } from '../store/port.ts';

export interface CommitSource {
  /** The turn's changes, or undefined when there are none. Called once per commit. */
  takeBatch(): RunBatch | undefined;
  /** The batch is durable. */
  committed(): void;
  /** It could not be made durable; the run must stop acting. */
  commitFailed(error: unknown): void;
}

export class Committer {
  private readonly dirty = new Set<CommitSource>();
  private scheduled = false;

  constructor(private readonly store: Store) {}

  /** Asks for a commit at the end of this turn. */
  schedule(source: CommitSource): void {
    this.dirty.add(source);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Commits now what is pending; the store does the work before the call returns. */
  flush(): void {
    this.scheduled = false;
    if (this.dirty.size === 0) return;
    const sources = [...this.dirty];
    this.dirty.clear();
    const batches: RunBatch[] = [];
    const committing: CommitSource[] = [];
    for (const source of sources) {
      const batch = source.takeBatch();
      if (batch !== undefined) batches.push(batch);
      committing.push(source);
    }
    const durable = batches.length === 0 ? Promise.resolve() : this.store.commit(batches);
    durable.then(
      () => {
        for (const source of committing) source.committed();
      },
      (error: unknown) => {
        for (const source of committing) source.commitFailed(error);
      },
    );
  }
}
