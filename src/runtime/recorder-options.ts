/** What the recorder of a run is given. */
import type { Json } from '../kernel/json.ts';
import type { DedupRow, StepRow } from '../store/port.ts';
import type { Committer } from './committer.ts';
import type { RunEvent } from './run-event.ts';

export interface RecorderOptions {
  runId: string;
  committer: Committer;
  /** Last sequence number used before. */
  seq: number;
  now(): number;
  /** JSON text of a value, with placeholders for secrets. */
  stringify(value: unknown): string;
  /** Replaces secrets by placeholders in a value. */
  sealJson<T extends Json>(value: T): T;
  /** The same for the strings inside a row. */
  sealRow(row: StepRow): StepRow;
  /** The same for an effect; undefined for one that is not to be kept. */
  sealDedup(row: DedupRow): DedupRow | undefined;
  /** Durable events, in order. */
  publish(events: readonly RunEvent[]): void;
  /** A turn is durable. */
  onTurn(): void;
  /** The store refused; called once. */
  onFailure(error: unknown): void;
}
