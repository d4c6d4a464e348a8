/** Runs: the narrow row that changes at each turn, and the wide one that seldom does. */
import { createHash } from 'node:crypto';
import { StoreError } from '../errors.ts';
import type { Ownership, RunBatch, RunFilter, RunRow, RunStatus } from '../port.ts';
import type { Database } from './database.ts';
import { fromText, toText } from './json.ts';
import type { RowReader, SqlValue } from './statement.ts';

type StoredRun = RunRow & Ownership;
type RunChanges = NonNullable<RunBatch['run']>;
type RunField = keyof StoredRun;

interface Column {
  table: 'runs' | 'run_values';
  name: string;
  encode(value: unknown): SqlValue;
}

const plain = (value: unknown): SqlValue =>
  typeof value === 'string' || typeof value === 'number' ? value : null;
const narrow = (name: string): Column => ({ table: 'runs', name, encode: plain });
const wide = (name: string, encode: Column['encode'] = plain): Column => ({
  table: 'run_values',
  name,
  encode,
});

/** Where each field of a run lives. The order is that of SELECTED. */
const COLUMNS: Readonly<Record<RunField, Column>> = {
  runId: narrow('id'),
  workflow: narrow('workflow'),
  status: narrow('status'),
  startedAt: narrow('started_at'),
  finishedAt: narrow('finished_at'),
  wakeAt: narrow('wake_at'),
  seq: narrow('seq'),
  owner: narrow('owner'),
  leaseUntil: narrow('lease_until'),
  parentRunId: narrow('parent_run'),
  parentPath: narrow('parent_path'),
  file: wide('file'),
  cwd: wide('cwd'),
  sourceHash: wide('source_hash'),
  planHash: wide('plan_hash'),
  engineVersion: wide('engine_version'),
  tags: wide('tags', toText),
  inputs: wide('inputs', toText),
  outputs: wide('outputs', toText),
  error: wide('error', toText),
  suspendedOn: wide('suspended_on', toText),
  pinned: wide('pinned', toText),
};
const FIELDS = Object.keys(COLUMNS) as RunField[];
const REQUIRED: ReadonlySet<RunField> = new Set([
  'workflow',
  'status',
  'startedAt',
  'seq',
  'cwd',
  'sourceHash',
  'planHash',
  'engineVersion',
  'tags',
  'inputs',
  'pinned',
]);
/** `runs.seq` is written with the run's other changes only; the journal knows what came after. */
const LAST_SEQ = 'max(runs.seq, coalesce((SELECT max(seq) FROM journal WHERE run = runs.id), 0))';
const SELECTED = FIELDS.map((field) =>
  field === 'seq' ? LAST_SEQ : `${COLUMNS[field].table}.${COLUMNS[field].name}`,
).join(', ');
const FROM = 'FROM runs JOIN run_values ON run_values.run = runs.id';

export class Runs {
  constructor(private readonly database: Database) {}

  /** @throws {StoreError} STORE_RUN_EXISTS */
  create(run: NonNullable<RunBatch['create']>): void {
    const { database } = this;
    if (this.#owner(run.runId) !== undefined) {
      throw new StoreError('STORE_RUN_EXISTS', `there is a run ${run.runId} already`, {
        hint: 'this is a bug in keystone',
      });
    }
    for (const table of ['runs', 'run_values'] as const) {
      const fields = FIELDS.filter((field) => COLUMNS[field].table === table);
      const names = fields.map((field) => COLUMNS[field].name);
      const values = fields.map((field) => COLUMNS[field].encode(run[field]));
      if (table === 'run_values') {
        names.push('run', 'source_text', 'plan_text');
        values.push(run.runId, this.#storeText(run.source), this.#storeText(run.plan));
      }
      database
        .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
        .run(...values);
    }
  }

  /**
   * Before a batch of an existing run is applied: it must exist, and not have been taken over by another process.
   * @throws {StoreError} STORE_UNKNOWN_RUN, STORE_RUN_TAKEN
   */
  requireWritable(runId: string, self: string): 'owned' | 'unowned' {
    const owner = this.#owner(runId);
    if (owner === undefined) throw unknownRun(runId);
    if (owner !== '' && owner !== self) {
      throw new StoreError('STORE_RUN_TAKEN', `run ${runId} now belongs to ${owner}`, {
        hint: `this process was stopped for too long and another one went on with the run; see \`keystone show ${runId}\``,
      });
    }
    return owner === self ? 'owned' : 'unowned';
  }

  update(runId: string, changes: RunChanges): void {
    for (const table of ['runs', 'run_values'] as const) {
      const fields = FIELDS.filter(
        (field) => COLUMNS[field].table === table && changes[field] !== undefined && field !== 'runId',
      );
      if (fields.length === 0) continue;
      for (const field of fields) {
        if (changes[field] === null && REQUIRED.has(field))
          throw new Error(`"${field}" of a run cannot be cleared`);
      }
      const assignments = fields.map((field) => `${COLUMNS[field].name} = ?`).join(', ');
      const key = table === 'runs' ? 'id' : 'run';
      this.database
        .prepare(`UPDATE ${table} SET ${assignments} WHERE ${key} = ?`)
        .run(...fields.map((field) => COLUMNS[field].encode(changes[field])), runId);
    }
  }

  find(runId: string): StoredRun | undefined {
    return this.database.prepare(`SELECT ${SELECTED} ${FROM} WHERE runs.id = ?`).get([runId], readRun);
  }

  /** Workflow text and plan. */
  texts(runId: string): { source: string; plan: string } | undefined {
    return this.database
      .prepare(
        `SELECT s.text, p.text FROM run_values v JOIN workflows s ON s.hash = v.source_text
         JOIN workflows p ON p.hash = v.plan_text WHERE v.run = ?`,
      )
      .get([runId], (row) => ({ source: row.text(0), plan: row.text(1) }));
  }

  list(filter: RunFilter): StoredRun[] {
    const conditions: string[] = [];
    const values: SqlValue[] = [];
    const where = (condition: string, ...bound: SqlValue[]): void => {
      conditions.push(condition);
      values.push(...bound);
    };
    if (filter.workflow !== undefined) where('runs.workflow = ?', filter.workflow);
    if (filter.status !== undefined)
      where(`runs.status IN (${filter.status.map(() => '?').join(', ')})`, ...filter.status);
    if (filter.tag !== undefined)
      where('EXISTS (SELECT 1 FROM json_each(run_values.tags) WHERE value = ?)', filter.tag);
    if (filter.parentRunId !== undefined) where('runs.parent_run = ?', filter.parentRunId);
    const clause = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    return this.database
      .prepare(`SELECT ${SELECTED} ${FROM} ${clause} ORDER BY runs.started_at DESC, runs.id LIMIT ?`)
      .all([...values, filter.limit ?? -1], readRun);
  }

  idsByPrefix(prefix: string): string[] {
    return this.database
      .prepare('SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY started_at DESC, id LIMIT 20')
      .all([prefix, `${prefix}\u{10ffff}`], (row) => row.text(0));
  }

  exists(runId: string): boolean {
    return this.#owner(runId) !== undefined;
  }

  ownership(runId: string): { owner: string | undefined; leaseUntil: number } | undefined {
    return this.database
      .prepare('SELECT owner, lease_until FROM runs WHERE id = ?')
      .get([runId], (row) => ({ owner: row.textOrUndefined(0), leaseUntil: row.integer(1) }));
  }

  setOwner(runId: string, owner: string | null, leaseUntil: number | null): void {
    this.database
      .prepare('UPDATE runs SET owner = ?, lease_until = ? WHERE id = ?')
      .run(owner, leaseUntil, runId);
  }

  /**
   * A suspended run has something to do. A child goes on within its parent, so the parents are due too.
   * @returns the run to go on with, or undefined when it is not suspended.
   */
  wake(runId: string, now: number): string | undefined {
    const found = this.database
      .prepare('SELECT status, parent_run FROM runs WHERE id = ?')
      .get([runId], (row) => ({ status: row.text(0), parent: row.textOrUndefined(1) }));
    if (found?.status !== 'suspended') return undefined;
    this.database.prepare('UPDATE runs SET wake_at = ? WHERE id = ?').run(now, runId);
    return found.parent === undefined ? runId : this.wake(found.parent, now);
  }

  /** Suspended runs whose time has come. Children go on with their parents. */
  due(now: number, limit: number): string[] {
    return this.database
      .prepare(
        `SELECT id FROM runs WHERE wake_at <= ? AND status = 'suspended' AND parent_run IS NULL
         ORDER BY wake_at, id LIMIT ?`,
      )
      .all([now, limit], (row) => row.text(0));
  }

  /** Runs that are called running, with their owners. */
  unfinished(): { id: string; owner: string | undefined; leaseUntil: number }[] {
    return this.database
      .prepare(
        "SELECT id, owner, lease_until FROM runs WHERE status = 'running' AND parent_run IS NULL ORDER BY started_at, id",
      )
      .all([], (row) => ({
        id: row.text(0),
        owner: row.textOrUndefined(1),
        leaseUntil: row.integerOrUndefined(2) ?? 0,
      }));
  }

  extendLeases(owner: string, leaseUntil: number): void {
    this.database.prepare('UPDATE runs SET lease_until = ? WHERE owner = ?').run(leaseUntil, owner);
  }

  /** `''` when nobody owns the run, `undefined` when there is no such run. */
  #owner(runId: string): string | undefined {
    return this.database
      .prepare("SELECT coalesce(owner, '') FROM runs WHERE id = ?")
      .get([runId], (row) => row.text(0));
  }

  #storeText(text: string): string {
    const hash = createHash('sha256').update(text).digest('hex');
    this.database
      .prepare('INSERT INTO workflows (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(hash, text);
    return hash;
  }
}

export function unknownRun(runId: string): StoreError {
  return new StoreError('STORE_UNKNOWN_RUN', `there is no run ${runId} in this store`, {
    hint: 'see `keystone history` for the runs there are',
  });
}

/** Columns in the order of COLUMNS. */
function readRun(row: RowReader): StoredRun {
  const value: Record<string, unknown> = {};
  FIELDS.forEach((field, index) => {
    const { encode } = COLUMNS[field];
    const stored = NUMERIC.has(field) ? row.integerOrUndefined(index) : row.textOrUndefined(index);
    if (stored !== undefined) value[field] = encode === toText ? fromText(String(stored)) : stored;
  });
  return value as unknown as StoredRun;
}

const NUMERIC: ReadonlySet<RunField> = new Set(['startedAt', 'finishedAt', 'wakeAt', 'seq', 'leaseUntil']);

export type { RunStatus, StoredRun };
