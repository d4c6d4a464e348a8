/** The queue of runs that wait for others of their workflow. A run has a row from when it enters until its turn comes. */
import type { OverlapStore } from '../overlap-port.ts';
import { type RunBatch, SETTLED_RUN } from '../port.ts';
import type { Database } from './database.ts';

const OTHERS = `
SELECT runs.id FROM runs LEFT JOIN run_queue AS queue ON queue.run = runs.id
WHERE runs.status IN ('running', 'suspended', 'paused') AND runs.workflow = ?1 AND runs.id <> ?2
  AND runs.parent_run IS NULL AND (queue.run IS NULL OR queue.place < ?3)
ORDER BY runs.started_at, runs.id`;

export interface OverlapsParts {
  database: Database;
  /** Encodes outside the transaction what `apply` writes inside it. */
  prepare(batch: RunBatch): () => void;
}

export class Overlaps implements OverlapStore {
  constructor(private readonly parts: OverlapsParts) {}

  async enter(
    batch: RunBatch,
    workflow: string,
    policy: 'queue' | 'reject' | 'cancel-previous',
  ): Promise<{ others: string[]; refused: boolean }> {
    const { database } = this.parts;
    const apply = this.parts.prepare(batch);
    return database.write(() => {
      const others = this.#others(workflow, batch.runId, Number.MAX_SAFE_INTEGER);
      const refused = policy === 'reject' && others.length > 0;
      if (refused) return { others, refused };
      apply();
      if (others.length > 0)
        database.prepare('INSERT INTO run_queue (run, workflow) VALUES (?, ?)').run(batch.runId, workflow);
      return { others, refused };
    });
  }

  async takeTurn(runId: string): Promise<string[]> {
    const { database } = this.parts;
    const waitsFor = (): string[] | undefined => {
      const found = database
        .prepare('SELECT workflow, place FROM run_queue WHERE run = ?')
        .get([runId], (row) => ({ workflow: row.text(0), place: row.integer(1) }));
      return found && this.#others(found.workflow, runId, found.place);
    };
    const before = database.read(waitsFor);
    if (before === undefined || before.length > 0) return before ?? [];
    return database.write(() => {
      const now = waitsFor() ?? [];
      if (now.length === 0) this.#leave(runId);
      return now;
    });
  }

  /** Whoever waits for a run that ends is due. */
  apply({ runId, run }: RunBatch): void {
    if (!run?.status || !SETTLED_RUN.has(run.status)) return;
    this.#leave(runId);
    this.parts.database
      .prepare(
        `UPDATE runs SET wake_at = ? WHERE status = 'suspended'
         AND id IN (SELECT run FROM run_queue WHERE workflow = (SELECT workflow FROM runs WHERE id = ?))`,
      )
      .run(run.finishedAt ?? Date.now(), runId);
  }

  #leave(runId: string): void {
    this.parts.database.prepare('DELETE FROM run_queue WHERE run = ?').run(runId);
  }

  #others(workflow: string, runId: string, place: number): string[] {
    return this.parts.database.prepare(OTHERS).all([workflow, runId, place], (row) => row.text(0));
  }
}
