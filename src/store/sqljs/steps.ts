/** Step rows. All attempts of a path share its position: the order in which paths first appeared in the run. */
import type { Failure } from '../../kernel/failure.ts';
import type { BlobStore, StepRow, StepStatus } from '../port.ts';
import { unspill } from '../spill.ts';
import type { Database } from './database.ts';
import { fromText, toText } from './json.ts';
import type { RowReader } from './statement.ts';
import { StepPositions } from './step-positions.ts';

/** A row whose large values are already in the blob store: texts ready to be written. */
export interface EncodedStep {
  row: StepRow;
  output: string | null;
  raw: string | null;
}

/** A row as it was read, with its JSON still as text. */
export interface StoredStep {
  position: number;
  row: StepRow;
  output: string | undefined;
  raw: string | undefined;
  error: string | undefined;
}

const COLUMNS =
  'position, epoch, attempt, path, kind, status, outcome, reason, started_at, finished_at, process_group, output, raw, error, reused_from, fan_out';
const UPSERT = `
INSERT INTO steps (run, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET kind = excluded.kind, status = excluded.status, outcome = excluded.outcome, reason = excluded.reason,
  started_at = excluded.started_at, finished_at = excluded.finished_at, process_group = excluded.process_group,
  output = excluded.output, raw = excluded.raw, error = excluded.error,
  reused_from = excluded.reused_from, fan_out = excluded.fan_out`;
const PAGE = `
SELECT ${COLUMNS} FROM steps WHERE run = ?1 AND position >= ?2 ORDER BY position, epoch, attempt LIMIT ?3`;
const BY_PREFIX = `
SELECT ${COLUMNS} FROM steps WHERE run = ?1 AND path >= ?2 AND path < ?3 ORDER BY position, epoch, attempt`;
const AT_POSITION = `
SELECT ${COLUMNS} FROM steps WHERE run = ?1 AND position = ?2 ORDER BY epoch, attempt`;

export class Steps {
  readonly positions: StepPositions;

  constructor(private readonly database: Database) {
    this.positions = new StepPositions(database);
  }

  /** In a transaction, after `positions.begin`. */
  put(runId: string, { row, output, raw }: EncodedStep): void {
    this.database
      .prepare(UPSERT)
      .run(
        runId,
        this.positions.of(runId, row.path),
        row.epoch,
        row.attempt,
        row.path,
        row.kind,
        row.status,
        row.outcome,
        row.reason,
        row.startedAt,
        row.finishedAt,
        row.processGroup,
        output,
        raw,
        toText(row.error),
        toText(row.reusedFrom),
        toText(row.fanOut),
      );
  }

  all(runId: string): StoredStep[] {
    return this.database.prepare(PAGE).all([runId, 0, -1], readStep);
  }

  withPrefix(runId: string, prefix: string): StoredStep[] {
    return this.database.prepare(BY_PREFIX).all([runId, prefix, `${prefix}\u{10ffff}`], readStep);
  }

  /** About `limit` rows from a position on, in order, always all rows of a position. Empty at the end. */
  page(runId: string, fromPosition: number, limit: number): StoredStep[] {
    const rows = this.database.prepare(PAGE).all([runId, fromPosition, limit], readStep);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return rows;
    const whole = rows.filter(({ position }) => position !== last.position);
    return [...whole, ...this.database.prepare(AT_POSITION).all([runId, last.position], readStep)];
  }
}

/** Of each path the row with the highest epoch and attempt; rows of a path must be adjacent and ascending. */
export function latestOnly(rows: readonly StoredStep[]): StoredStep[] {
  return rows.filter(({ position }, index) => rows[index + 1]?.position !== position);
}

/** Parses what is left as text, fetching large values from the blob store. @throws {StoreError} STORE_CORRUPT */
export function decodeStep({ row, output, raw, error }: StoredStep, blobs: BlobStore): StepRow {
  if (output !== undefined) row.output = unspill(output, blobs);
  if (raw !== undefined) row.raw = unspill(raw, blobs);
  if (error !== undefined) row.error = fromText<Failure>(error);
  return row;
}

function readStep(row: RowReader): StoredStep {
  const step: StepRow = {
    path: row.text(3),
    epoch: row.integer(1),
    attempt: row.integer(2),
    kind: row.text(4),
    status: row.text(5) as StepStatus,
  };
  const outcome = row.textOrUndefined(6);
  const reason = row.textOrUndefined(7);
  const startedAt = row.integerOrUndefined(8);
  const finishedAt = row.integerOrUndefined(9);
  const processGroup = row.integerOrUndefined(10);
  if (outcome !== undefined) step.outcome = outcome as NonNullable<StepRow['outcome']>;
  if (reason !== undefined) step.reason = reason;
  if (startedAt !== undefined) step.startedAt = startedAt;
  if (finishedAt !== undefined) step.finishedAt = finishedAt;
  if (processGroup !== undefined) step.processGroup = processGroup;
  const reusedFrom = row.textOrUndefined(14);
  if (reusedFrom !== undefined) step.reusedFrom = fromText(reusedFrom);
  const fanOut = row.textOrUndefined(15);
  if (fanOut !== undefined) step.fanOut = fromText(fanOut);
  return {
    position: row.integer(0),
    row: step,
    output: row.textOrUndefined(11),
    raw: row.textOrUndefined(12),
    error: row.textOrUndefined(13),
  };
}
