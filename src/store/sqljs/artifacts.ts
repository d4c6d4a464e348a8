/** Artifacts of runs: rows; their files' content is in the blob store. */
import type { ArtifactFile, ArtifactRow, ArtifactStore } from '../port.ts';
import type { Database } from './database.ts';
import type { Runs } from './runs.ts';
import type { RowReader } from './statement.ts';

const COLUMNS = 'run, name, step, digest, files, bytes, created_at';

export interface ArtifactsParts {
  database: Database;
  owner: string;
  runs: Runs;
}

export class Artifacts implements ArtifactStore {
  constructor(private readonly parts: ArtifactsParts) {}

  async put(
    artifact: ArtifactRow,
    files: readonly ArtifactFile[],
    overwrite: boolean,
  ): Promise<{ kept: true } | { kept: false; other: ArtifactRow }> {
    const { database, runs, owner } = this.parts;
    return database.write(() => {
      const { runId, name, step } = artifact;
      runs.requireWritable(runId, owner);
      const other = this.#find(runId, name);
      if (other !== undefined && other.step !== step && !overwrite) return { kept: false, other };
      this.#remove(runId, name);
      const { digest, bytes, createdAt } = artifact;
      database
        .prepare(`INSERT INTO artifacts (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
        .run(runId, name, step, digest, artifact.files, bytes, createdAt);
      for (const file of files)
        database
          .prepare(
            'INSERT INTO artifact_files (run, artifact, path, blob, bytes, executable) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(runId, name, file.path, file.blob, file.bytes, file.executable ? 1 : 0);
      return { kept: true };
    });
  }

  async of(runId: string): Promise<ArtifactRow[]> {
    const { database } = this.parts;
    return database.read(() =>
      database
        .prepare(`SELECT ${COLUMNS} FROM artifacts WHERE run = ? ORDER BY name`)
        .all([runId], readArtifact),
    );
  }

  async files(runId: string, name: string): Promise<ArtifactFile[]> {
    const { database } = this.parts;
    return database.read(() =>
      database
        .prepare(
          'SELECT path, blob, bytes, executable FROM artifact_files WHERE run = ? AND artifact = ? ORDER BY path',
        )
        .all([runId, name], (row) => ({
          path: row.text(0),
          blob: row.text(1),
          bytes: row.integer(2),
          executable: row.integer(3) === 1,
        })),
    );
  }

  async family(runId: string): Promise<{ self: string; ancestors: string[]; others: string[] }> {
    const { database } = this.parts;
    return database.read(() => {
      const ancestors: string[] = [];
      for (let at: string | undefined = runId; at !== undefined; ) {
        at = this.#parentOf(at);
        if (at !== undefined) ancestors.push(at);
      }
      const root = ancestors.at(-1) ?? runId;
      const known = new Set([runId, ...ancestors]);
      return { self: runId, ancestors, others: this.#below(root).filter((id) => !known.has(id)) };
    });
  }

  #find(runId: string, name: string): ArtifactRow | undefined {
    return this.parts.database
      .prepare(`SELECT ${COLUMNS} FROM artifacts WHERE run = ? AND name = ?`)
      .get([runId, name], readArtifact);
  }

  #remove(runId: string, name: string): void {
    const { database } = this.parts;
    database.prepare('DELETE FROM artifacts WHERE run = ? AND name = ?').run(runId, name);
    database.prepare('DELETE FROM artifact_files WHERE run = ? AND artifact = ?').run(runId, name);
  }

  #parentOf(runId: string): string | undefined {
    return this.parts.database
      .prepare('SELECT parent_run FROM runs WHERE id = ?')
      .get([runId], (row) => row.textOrUndefined(0));
  }

  #below(root: string): string[] {
    return this.parts.database
      .prepare(
        `WITH RECURSIVE below (id) AS (SELECT ?1 UNION SELECT runs.id FROM runs JOIN below ON runs.parent_run = below.id)
         SELECT id FROM below WHERE id <> ?1`,
      )
      .all([root], (row) => row.text(0));
  }
}

function readArtifact(row: RowReader): ArtifactRow {
  return {
    runId: row.text(0),
    name: row.text(1),
    step: row.text(2),
    digest: row.text(3),
    files: row.integer(4),
    bytes: row.integer(5),
    createdAt: row.integer(6),
  };
}
